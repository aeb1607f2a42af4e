#include "net/api/json_batch.hpp"

#include "net/api/json_fields.hpp"

#include <utility>

namespace lastseen::server_api {

namespace {

class batch_handler : public json_handler<batch_handler> {
public:
  // REQUIRES: `into` is empty and outlives the parse.
  void begin(batch_request& into, std::size_t max_users) noexcept {
    into_ = &into;
    max_users_ = max_users;
  }

  const char* open(json_type type) {
    auto object = type == json_type::object;
    switch (place_) {
      case place::body:
        place_ = place::request;
        return object ? nullptr : "request: not an object";
      case place::request:
        if (field_ == field::parallel)
          return "parallel: not a boolean";
        if (field_ == field::ignored)
          return pass_over();
        if (object)
          return "commands: not a list";
        forget_commands();
        place_ = place::commands;
        return nullptr;
      case place::commands:
        if (!object)
          return "not an object";
        place_ = place::command;
        add();
        return nullptr;
      case place::command:
        if (!wanted_)
          return pass_over();
        return object ? open_params() : "not an object";
      case place::params:
        return fields_.ignored() ? pass_over() : fields_.open(type);
    }
    return nullptr;
  }

  void close() noexcept {
    switch (place_) {
      case place::params:
        if (!fields_.close())
          return;
        users_ += last().request.user_count;
        place_ = place::command;
        return;
      case place::command:
        place_ = place::commands;
        return;
      case place::commands:
        place_ = place::request;
        return;
      default:
        return;
    }
  }

  void key(std::string_view key) noexcept {
    if (place_ == place::params)
      fields_.key(key);
    else if (place_ == place::command)
      wanted_ = last().method == call_method::other ? call_method_of(key)
                                                    : std::nullopt;
    else
      field_ = key == "commands"   ? field::commands
               : key == "parallel" ? field::parallel
                                   : field::ignored;
  }

  const char* scalar(const json_scalar& x) {
    auto null = x.type == json_type::null;
    switch (place_) {
      case place::body:
        return null ? nullptr : "request: not an object";
      case place::request:
        return member(x, null);
      case place::commands:
        if (!null)
          return "not an object";
        add();
        last().problem =
          std::string{message_of(server_api::error_code::bad_request)}
          + ": command: null";
        return nullptr;
      case place::command:
        return !wanted_ || null ? nullptr : "not an object";
      case place::params:
        return fields_.scalar(x);
    }
    return nullptr;
  }

  /// Where the parse is or ended, to come before what is wrong there.
  std::string where() const {
    if (place_ == place::body || place_ == place::request)
      return {};
    auto at = commands_;
    if (place_ != place::commands)
      --at;
    auto out = "commands[" + std::to_string(at) + "]: ";
    if (place_ == place::command && wanted_)
      out += std::string{name_of(*wanted_)} + ": ";
    return out;
  }

  /// So many of them came.
  std::size_t commands() const noexcept {
    return commands_;
  }

  std::size_t users() const noexcept {
    return users_;
  }

private:
  enum class place : std::uint8_t { body, request, commands, command, params };
  enum class field : std::uint8_t { ignored, commands, parallel };

  call& last() noexcept {
    return into_->commands.back();
  }

  const char* pass_over() noexcept {
    skip();
    return nullptr;
  }

  const char* member(const json_scalar& x, bool null) {
    switch (field_) {
      case field::commands:
        if (!null)
          return "commands: not a list";
        forget_commands();
        return nullptr;
      case field::parallel:
        if (!null && x.type != json_type::boolean)
          return "parallel: not a boolean";
        into_->parallel = x.boolean;
        return nullptr;
      case field::ignored:
        return nullptr;
    }
    return nullptr;
  }

  void forget_commands() noexcept {
    into_->commands.clear();
    commands_ = users_ = 0;
  }

  // Those beyond the bound take the place of the last.
  void add() {
    if (++commands_ > max_calls_in_body(max_users_))
      into_->commands.pop_back();
    into_->commands.emplace_back();
  }

  const char* open_params() {
    last().method = *wanted_;
    fields_.begin(*wanted_, last().request,
                  users_ > max_in_body(max_users_) ? 0 : max_users_);
    place_ = place::params;
    return nullptr;
  }

  batch_request* into_ = nullptr;
  std::size_t max_users_ = 0;
  std::size_t commands_ = 0;
  std::size_t users_ = 0;
  status_fields fields_;
  std::optional<call_method> wanted_; // of the last key
  place place_ = place::body;
  field field_ = field::ignored;
};

} // namespace

result<batch_request> parse_batch(std::string_view body,
                                  std::size_t max_users) {
  if (body.empty())
    return error{ec::bad_request, "empty body"};
  batch_request out;
  boost::json::basic_parser<batch_handler> parser{{}};
  parser.handler().begin(out, max_users);
  if (auto parsed = parse_whole(parser, body); parsed.has_error())
    return error{ec::bad_request,
                 parser.handler().where() + parsed.error().what};
  bound(out, parser.handler().commands(), parser.handler().users(), max_users);
  return out;
}

void bound(batch_request& x, std::size_t commands, std::size_t users,
           std::size_t max_users) {
  if (auto many = too_many_calls(commands, max_users); !many.empty()) {
    x.commands = std::vector<call>(1);
    x.commands[0].problem = std::move(many);
  } else if (many = too_many_users(users, max_users); !many.empty()) {
    for (auto& command : x.commands)
      if (command.request.has_users)
        command.problem = many;
  }
}

} // namespace lastseen::server_api
