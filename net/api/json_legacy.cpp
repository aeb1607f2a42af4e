#include "net/api/json_legacy.hpp"

#include "net/api/errors.hpp"
#include "net/api/json_fields.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace lastseen::server_api {

namespace {

struct method_row {
  std::string_view name;
  int number;
};

// The names of the enum of Centrifugo 6 (contract.md B.2.4). 13 is not used.
constexpr std::array methods{
  method_row{"publish", 0},
  method_row{"broadcast", 1},
  method_row{"unsubscribe", 2},
  method_row{"disconnect", 3},
  method_row{"presence", 4},
  method_row{"presence_stats", 5},
  method_row{"history", 6},
  method_row{"history_remove", 7},
  method_row{"channels", 8},
  method_row{"info", 9},
  method_row{"rpc", 10},
  method_row{"subscribe", 11},
  method_row{"refresh", 12},
  method_row{"connections", 14},
  method_row{"update_user_status", 15},
  method_row{"get_user_status", 16},
  method_row{"delete_user_status", 17},
  method_row{"block_user", 18},
  method_row{"unblock_user", 19},
  method_row{"revoke_token", 20},
  method_row{"invalidate_user_tokens", 21},
  method_row{"device_register", 22},
  method_row{"device_update", 23},
  method_row{"device_remove", 24},
  method_row{"device_list", 25},
  method_row{"device_topic_list", 26},
  method_row{"device_topic_update", 27},
  method_row{"user_topic_list", 28},
  method_row{"user_topic_update", 29},
  method_row{"send_push_notification", 30},
  method_row{"update_push_status", 31},
  method_row{"cancel_push", 32},
  method_row{"map_publish", 33},
  method_row{"map_remove", 34},
  method_row{"map_read_state", 35},
  method_row{"map_read_stream", 36},
  method_row{"map_stats", 37},
  method_row{"map_clear", 38},
  method_row{"shared_poll_publish", 39},
};

call_method method_of(std::int64_t number) noexcept {
  switch (number) {
    case 9:
      return call_method::info;
    case 15:
      return call_method::update_user_status;
    case 16:
      return call_method::get_user_status;
    case 17:
      return call_method::delete_user_status;
    default:
      return call_method::other;
  }
}

std::optional<call_method> method_of(std::string_view name) noexcept {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  auto row = std::ranges::find_if(methods, [&](const method_row& x) {
    return std::ranges::equal(name, x.name, {}, lower);
  });
  if (row == methods.end())
    return std::nullopt;
  return method_of(std::int64_t{row->number});
}

class legacy_handler : public json_handler<legacy_handler> {
public:
  // `method`: whose fields the params are read with, if it is known. REQUIRES:
  // `into` is empty and outlives the command.
  void begin(legacy_command& into, std::size_t max_users,
             std::optional<call_method> method) noexcept {
    into_ = &into;
    known_ = method;
    read_as_ = call_method::other;
    max_users_ = max_users;
    place_ = place::body;
    into.problem = "params: missing";
  }

  const char* open(json_type type) {
    auto object = type == json_type::object;
    if (place_ == place::body) {
      place_ = place::command;
      return object ? nullptr : not_an_object;
    }
    if (place_ == place::params) {
      if (!into_->problem.empty() || fields_.ignored())
        skip();
      else if (auto problem = fields_.open(type))
        spoil(problem);
      return nullptr;
    }
    switch (field_) {
      case field::id:
        return bad_id;
      case field::method:
        return bad_method;
      case field::params:
        begin_params();
        if (object)
          place_ = place::params;
        else
          spoil("not an object");
        return nullptr;
      case field::ignored:
        skip();
    }
    return nullptr;
  }

  void close() noexcept {
    if (place_ == place::params && fields_.close())
      place_ = place::command;
  }

  void key(std::string_view key) noexcept {
    if (place_ == place::params)
      fields_.key(key);
    else
      field_ = key == "id"       ? field::id
               : key == "method" ? field::method
               : key == "params" ? field::params
                                 : field::ignored;
  }

  const char* scalar(const json_scalar& x) {
    if (place_ == place::body)
      return not_an_object;
    if (place_ == place::params) {
      if (into_->problem.empty())
        if (auto problem = fields_.scalar(x))
          into_->problem = std::string{"params: "} + problem;
      return nullptr;
    }
    switch (field_) {
      case field::id:
        return id(x);
      case field::method:
        return method(x);
      case field::params:
        begin_params();
        if (x.type != json_type::null)
          into_->problem = "params: not an object";
        break;
      case field::ignored:
        break;
    }
    return nullptr;
  }

  // Whether the params were read with the fields of another method, since they
  // came before it.
  bool misread() const noexcept {
    return read_as_ != into_->method;
  }

private:
  static constexpr const char* not_an_object = "command: not an object";
  static constexpr const char* bad_id =
    "id: not an integer from 0 to 4294967295";
  static constexpr const char* bad_method = "method: not a string or integer";

  enum class place : std::uint8_t { body, command, params };
  enum class field : std::uint8_t { ignored, id, method, params };

  void begin_params() {
    into_->problem.clear();
    read_as_ = known_.value_or(into_->method);
    fields_.begin(read_as_, into_->request, max_users_);
  }

  // The params are lost but not the command: what opened is passed over.
  void spoil(const char* problem) {
    into_->problem = std::string{"params: "} + problem;
    skip();
  }

  const char* id(const json_scalar& x) noexcept {
    constexpr std::int64_t max = std::numeric_limits<std::uint32_t>::max();
    if (x.type != json_type::null && x.type != json_type::integer)
      return bad_id;
    if (x.integer < 0 || x.integer > max)
      return bad_id;
    into_->id = static_cast<std::uint32_t>(x.integer);
    return nullptr;
  }

  const char* method(const json_scalar& x) noexcept {
    switch (x.type) {
      case json_type::null:
      case json_type::integer:
        into_->method = method_of(x.integer);
        return nullptr;
      case json_type::string:
        if (auto known = method_of(x.text)) {
          into_->method = *known;
          return nullptr;
        }
        return "method: unknown";
      default:
        return bad_method;
    }
  }

  legacy_command* into_ = nullptr;
  std::size_t max_users_ = 0;
  status_fields fields_;
  std::optional<call_method> known_;
  call_method read_as_ = call_method::other;
  place place_ = place::body;
  field field_ = field::ignored;
};

std::string_view without_leading_space(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

} // namespace

result<std::vector<legacy_command>> parse_legacy(std::string_view body,
                                                 std::size_t max_users) {
  auto max_total = max_in_body(max_users);
  std::vector<legacy_command> commands;
  std::size_t count = 0;
  std::size_t total = 0;
  boost::json::basic_parser<legacy_handler> parser{{}};
  auto rest = without_leading_space(body);
  if (rest.empty())
    return error{ec::bad_request, "empty body"};
  while (!rest.empty()) {
    auto fail = [&](const std::string& what, std::size_t at) {
      return error{ec::bad_request,
                   "command " + std::to_string(count) + ": " + what
                     + " at byte "
                     + std::to_string(body.size() - rest.size() + at)};
    };
    // Those beyond the bound take the place of the last.
    if (++count <= max_calls_in_body(max_users))
      commands.emplace_back();
    auto& command = commands.back();
    auto parse = [&](std::optional<call_method> method) {
      command = {};
      parser.handler().begin(command, total > max_total ? 0 : max_users,
                             method);
      return parse_some(parser, rest);
    };
    auto outcome = parse(std::nullopt);
    if (!outcome.problem && parser.handler().misread())
      outcome = parse(command.method);
    if (outcome.problem)
      return fail(*outcome.problem, outcome.size);
    total += command.request.user_count;
    rest = without_leading_space(rest.substr(outcome.size));
  }
  if (auto many = too_many_calls(count, max_users); !many.empty()) {
    commands = std::vector<legacy_command>(1);
    commands[0].problem = std::move(many);
    return commands;
  }
  auto prefix = std::string{message_of(error_code::bad_request)} + ": ";
  auto too_many = too_many_users(total, max_users);
  for (auto& x : commands) {
    if (x.method == call_method::other)
      x.problem.clear(); // its params are not looked at
    else if (!too_many.empty() && x.request.has_users)
      x.problem = too_many;
    else if (!x.problem.empty())
      x.problem.insert(0, prefix);
  }
  return commands;
}

} // namespace lastseen::server_api
