#include "net/protocol/json_v2.hpp"

#include "net/protocol/json_lines.hpp"

#include <limits>
#include <utility>

namespace lastseen::protocol::json_v2 {

namespace {

enum class field : std::uint8_t {
  ignored,
  // what is not in an object
  command,
  // of a command
  id,
  connect,
  rpc,
  refresh,
  send,
  ping,
  other,
  // of a body
  token,
  name,
  version,
  method,
  data,
  // of the data of an rpc
  state,
};

field field_of_command(std::string_view key) noexcept {
  if (key == "id")
    return field::id;
  if (key == "rpc")
    return field::rpc;
  if (key == "connect")
    return field::connect;
  if (key == "refresh")
    return field::refresh;
  if (key == "send")
    return field::send;
  if (key == "ping")
    return field::ping;
  for (auto x : {"subscribe", "unsubscribe", "publish", "presence",
                 "presence_stats", "history", "sub_refresh"})
    if (key == x)
      return field::other;
  return field::ignored;
}

command_kind kind_of(field body) noexcept {
  switch (body) {
    case field::connect:
      return command_kind::connect;
    case field::rpc:
      return command_kind::rpc;
    case field::refresh:
      return command_kind::refresh;
    case field::send:
      return command_kind::send;
    case field::ping:
      return command_kind::ping;
    case field::other:
      return command_kind::other;
    default:
      return command_kind::none;
  }
}

field field_of_body(command_kind kind, std::string_view key) noexcept {
  if (kind == command_kind::rpc) {
    if (key == "method")
      return field::method;
    return key == "data" ? field::data : field::ignored;
  }
  if (key == "token")
    return field::token;
  if (kind == command_kind::connect) {
    if (key == "name")
      return field::name;
    if (key == "version")
      return field::version;
  }
  return field::ignored;
}

class command_handler : public json_handler<command_handler> {
public:
  command& value() noexcept {
    return value_;
  }

  void begin() noexcept {
    value_.clear();
    place_ = place::frame;
    field_ = field::command;
  }

  /// What comes is the body of a connect command.
  void begin_connect() noexcept {
    value_.clear();
    value_.id = 1;
    place_ = place::frame;
    field_ = field::connect;
  }

  const char* open(json_type type) {
    auto object = type == json_type::object;
    if (field_ == field::ignored) {
      skip();
      return nullptr;
    }
    if (field_ == field::command) {
      place_ = place::command;
      return object ? nullptr : "command: not an object";
    }
    if (field_ == field::data) {
      forget_data();
      if (object) {
        place_ = place::data;
      } else {
        value_.bad_data = true;
        skip();
      }
      return nullptr;
    }
    if (field_ == field::state) {
      value_.bad_data = true;
      skip();
      return nullptr;
    }
    auto kind = kind_of(field_);
    if (kind == command_kind::none || !object)
      return wrong_type();
    if (value_.kind != command_kind::none)
      return "command: more than one body";
    value_.kind = kind;
    switch (kind) {
      case command_kind::connect:
      case command_kind::rpc:
      case command_kind::refresh:
        place_ = place::body;
        break;
      default:
        skip();
    }
    return nullptr;
  }

  void close() noexcept {
    place_ = place_ == place::data   ? place::body
             : place_ == place::body ? place::command
                                     : place::frame;
  }

  void key(std::string_view key) noexcept {
    switch (place_) {
      case place::command:
        field_ = field_of_command(key);
        break;
      case place::body:
        field_ = field_of_body(value_.kind, key);
        break;
      default:
        field_ = key == "state" ? field::state : field::ignored;
    }
  }

  const char* scalar(const json_scalar& x) {
    auto null = x.type == json_type::null;
    switch (field_) {
      case field::ignored:
        return nullptr;
      case field::id:
        return id(x);
      case field::token:
        return text(value_.token, x);
      case field::name:
        return text(value_.name, x);
      case field::version:
        return text(value_.version, x);
      case field::method:
        return text(value_.method, x);
      case field::data:
        forget_data();
        value_.bad_data = !null;
        return nullptr;
      case field::state:
        value_.state.reset();
        if (x.type == json_type::string)
          value_.state.emplace(x.text);
        else if (!null)
          value_.bad_data = true;
        return nullptr;
      default:
        return null && field_ != field::command ? nullptr : wrong_type();
    }
  }

private:
  enum class place : std::uint8_t { frame, command, body, data };

  const char* id(const json_scalar& x) noexcept {
    constexpr std::int64_t max = std::numeric_limits<std::uint32_t>::max();
    auto absent = x.type == json_type::null;
    if (!absent && x.type != json_type::integer)
      return wrong_type();
    if (x.integer < 0 || x.integer > max)
      return wrong_type();
    value_.id = static_cast<std::uint32_t>(x.integer);
    return nullptr;
  }

  const char* text(std::string& to, const json_scalar& x) {
    if (x.type != json_type::string && x.type != json_type::null)
      return wrong_type();
    to = x.text;
    return nullptr;
  }

  void forget_data() noexcept {
    value_.state.reset();
    value_.bad_data = false;
  }

  const char* wrong_type() const noexcept {
    switch (field_) {
      case field::command:
        return "command: not an object";
      case field::id:
        return "id: not an integer from 0 to 4294967295";
      case field::token:
        return "token: not a string";
      case field::name:
        return "name: not a string";
      case field::version:
        return "version: not a string";
      case field::method:
        return "method: not a string";
      default:
        return "body: not an object";
    }
  }

  command value_;
  place place_ = place::frame;
  field field_ = field::command;
};

constexpr boost::json::parse_options strict{};

} // namespace

class decoder::impl {
public:
  boost::json::basic_parser<command_handler> parser{strict};
};

decoder::decoder() : impl_{std::make_unique<impl>()} {}

decoder::~decoder() = default;

decoder::decoder(decoder&&) noexcept = default;

decoder& decoder::operator=(decoder&&) noexcept = default;

result<void> decoder::decode(std::string_view frame, command_sink to,
                             std::size_t max_size) {
  return decode_lines(impl_->parser, frame, to, max_size);
}

result<void> decoder::decode_connect(std::string_view text, command_sink to) {
  auto& handler = impl_->parser.handler();
  handler.begin_connect();
  if (auto parsed = parse_whole(impl_->parser, text); !parsed)
    return parsed;
  to(handler.value());
  return {};
}

} // namespace lastseen::protocol::json_v2
