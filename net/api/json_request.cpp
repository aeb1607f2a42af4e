#include "net/api/json_request.hpp"

#include "net/api/errors.hpp"
#include "net/api/json_fields.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace lastseen::server_api {

namespace {

class request_handler : public json_handler<request_handler> {
public:
  void begin(call_method of, status_request& into, std::size_t max_users) {
    fields_.begin(of, into, max_users);
    inside_ = false;
  }

  const char* open(json_type type) {
    if (!inside_) {
      inside_ = true;
      return type == json_type::object ? nullptr : not_an_object;
    }
    if (fields_.ignored()) {
      skip();
      return nullptr;
    }
    return fields_.open(type);
  }

  void close() noexcept {
    fields_.close();
  }

  void key(std::string_view key) noexcept {
    fields_.key(key);
  }

  const char* scalar(const json_scalar& x) {
    if (!inside_)
      return x.type == json_type::null ? nullptr : not_an_object;
    return fields_.scalar(x);
  }

private:
  static constexpr const char* not_an_object = "request: not an object";

  status_fields fields_;
  bool inside_ = false; // the object
};

error bad_request(const std::string& what) {
  return {ec::bad_request,
          std::string{message_of(error_code::bad_request)} + ": " + what};
}

} // namespace

result<status_request> parse_status_request(call_method of,
                                            std::string_view body,
                                            std::size_t max_users) {
  if (body.empty())
    return error{ec::bad_request, "empty body"};
  constexpr std::size_t usual_user_size = 8;
  status_request request;
  boost::json::basic_parser<request_handler> parser{{}};
  parser.handler().begin(of, request, max_users);
  request.users.reserve(body.size() / usual_user_size, body.size());
  if (auto parsed = parse_whole(parser, body); parsed.has_error())
    return parsed.error();
  return request;
}

result<void> validate(const status_request& request,
                      const request_limits& limits) {
  if (!request.has_users)
    return bad_request("users: required");
  if (request.user_count == 0)
    return bad_request("users: empty list");
  // The limit may have been raised since it was decoded.
  auto most = std::min(limits.max_users, request.users.size());
  if (request.user_count > most)
    return bad_request("users: at most " + std::to_string(most) + ", got "
                       + std::to_string(request.user_count));
  for (std::size_t i = 0; i < request.users.size(); ++i) {
    auto size = request.users[i].size();
    if (size != 0 && size <= max_user_size)
      continue;
    auto where = "users[" + std::to_string(i) + "]: ";
    return bad_request(
      size == 0 ? where + "empty"
                : where + "over " + std::to_string(max_user_size) + " bytes");
  }
  if (request.state)
    return validate_state(*request.state, limits.state_regex);
  return {};
}

result<void> validate_state(std::string_view state, const re2::RE2* regex) {
  if (state.empty())
    return {};
  if (state.size() > max_state_size)
    return bad_request("state: over " + std::to_string(max_state_size)
                       + " bytes");
  re2::StringPiece text{state.data(), state.size()};
  if (regex != nullptr && !re2::RE2::PartialMatch(text, *regex))
    return bad_request("state: does not match user_status.state_regex");
  return {};
}

} // namespace lastseen::server_api
