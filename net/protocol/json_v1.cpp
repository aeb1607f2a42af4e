#include "net/protocol/json_v1.hpp"

#include "net/http_message.hpp"
#include "net/protocol/json_lines.hpp"

#include <array>
#include <limits>

namespace lastseen::protocol::json_v1 {

namespace {

struct method {
  std::string_view name;
  command_kind kind;
};

// The index is the number on the wire.
constexpr std::array<method, 12> methods{{
  {"connect", command_kind::connect},
  {"subscribe", command_kind::other},
  {"unsubscribe", command_kind::other},
  {"publish", command_kind::other},
  {"presence", command_kind::other},
  {"presence_stats", command_kind::other},
  {"history", command_kind::other},
  {"ping", command_kind::ping},
  {"send", command_kind::send},
  {"rpc", command_kind::rpc},
  {"refresh", command_kind::refresh},
  {"sub_refresh", command_kind::other},
}};

// `none`: there is no such method.
command_kind kind_of(const json_scalar& x) {
  if (x.type == json_type::string) {
    for (const auto& known : methods)
      if (equal_ignoring_case(known.name, x.text))
        return known.kind;
    return command_kind::none;
  }
  auto known =
    x.integer >= 0 && x.integer < static_cast<std::int64_t>(methods.size());
  return known ? methods[static_cast<std::size_t>(x.integer)].kind
               : command_kind::none;
}

// The parameters of all methods are read alike, since the method may come
// after them; each uses what it knows.
class command_handler : public json_handler<command_handler> {
public:
  // An unknown method gets the answer of an unknown RPC (104), as Centrifugo
  // gave it in v1.
  command& value() noexcept {
    if (value_.kind == command_kind::none) {
      value_.kind = command_kind::rpc;
      value_.method.clear();
    }
    return value_;
  }

  void begin() noexcept {
    value_.clear();
    value_.kind = command_kind::connect;
    place_ = place::frame;
    key_ = {};
  }

  const char* open(json_type type) {
    auto object = type == json_type::object;
    switch (place_) {
      case place::frame:
        if (!object)
          return "command: not an object";
        place_ = place::command;
        return nullptr;
      case place::command:
        if (key_ == key_kind::ignored) {
          skip();
          return nullptr;
        }
        if (key_ != key_kind::params || !object)
          return wrong_type();
        place_ = place::params;
        return nullptr;
      case place::params:
        if (key_ == key_kind::data) {
          forget_data();
          if (object) {
            place_ = place::data;
            return nullptr;
          }
          value_.bad_data = true;
        } else if (key_ != key_kind::ignored) {
          return wrong_type();
        }
        skip();
        return nullptr;
      case place::data:
        value_.bad_data = value_.bad_data || key_ == key_kind::state;
        skip();
        return nullptr;
    }
    return nullptr;
  }

  void close() noexcept {
    place_ = place_ == place::data     ? place::params
             : place_ == place::params ? place::command
                                       : place::frame;
  }

  void key(std::string_view x) noexcept {
    key_ = key_kind::ignored;
    switch (place_) {
      case place::command:
        if (x == "id")
          key_ = key_kind::id;
        else if (x == "method")
          key_ = key_kind::method;
        else if (x == "params")
          key_ = key_kind::params;
        break;
      case place::params:
        if (x == "token")
          key_ = key_kind::token;
        else if (x == "name")
          key_ = key_kind::name;
        else if (x == "version")
          key_ = key_kind::version;
        else if (x == "method")
          key_ = key_kind::rpc_method;
        else if (x == "data")
          key_ = key_kind::data;
        break;
      default:
        if (x == "state")
          key_ = key_kind::state;
    }
  }

  const char* scalar(const json_scalar& x) {
    if (place_ == place::frame)
      return "command: not an object";
    auto null = x.type == json_type::null;
    switch (key_) {
      case key_kind::ignored:
        return nullptr;
      case key_kind::id:
        return id(x);
      case key_kind::method:
        if (!null && x.type != json_type::string
            && x.type != json_type::integer)
          return wrong_type();
        value_.kind = kind_of(x);
        return nullptr;
      case key_kind::params:
        return null ? nullptr : wrong_type();
      case key_kind::token:
        return text(value_.token, x);
      case key_kind::name:
        return text(value_.name, x);
      case key_kind::version:
        return text(value_.version, x);
      case key_kind::rpc_method:
        return text(value_.method, x);
      case key_kind::data:
        forget_data();
        value_.bad_data = !null;
        return nullptr;
      case key_kind::state:
        value_.state.reset();
        if (x.type == json_type::string)
          value_.state.emplace(x.text);
        else if (!null)
          value_.bad_data = true;
        return nullptr;
    }
    return nullptr;
  }

private:
  enum class place : std::uint8_t { frame, command, params, data };
  enum class key_kind : std::uint8_t {
    ignored,
    id,
    method,
    params,
    token,
    name,
    version,
    rpc_method,
    data,
    state,
  };

  const char* id(const json_scalar& x) noexcept {
    constexpr std::int64_t max = std::numeric_limits<std::uint32_t>::max();
    auto absent = x.type == json_type::null;
    if ((!absent && x.type != json_type::integer) || x.integer < 0
        || x.integer > max)
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
    switch (key_) {
      case key_kind::id:
        return "id: not an integer from 0 to 4294967295";
      case key_kind::method:
        return "method: neither a number nor a name";
      case key_kind::params:
        return "params: not an object";
      default:
        return "params: not a string";
    }
  }

  command value_;
  place place_ = place::frame;
  key_kind key_ = key_kind::ignored;
};

// Looks for the keys of a v1 command.
class version_handler : public json_handler<version_handler> {
public:
  void begin() noexcept {
    inside_ = false;
    found_ = false;
  }

  bool found() const noexcept {
    return found_;
  }

  const char* open(json_type) {
    if (inside_)
      skip();
    inside_ = true;
    return nullptr;
  }

  void close() noexcept {
    // nop
  }

  void key(std::string_view x) noexcept {
    found_ = found_ || x == "params" || x == "method";
  }

  const char* scalar(const json_scalar&) {
    return nullptr;
  }

private:
  bool inside_ = false;
  bool found_ = false;
};

template <class Handler>
boost::json::basic_parser<Handler>& parser_for() {
  thread_local boost::json::basic_parser<Handler> parser{
    boost::json::parse_options{}};
  return parser;
}

} // namespace

bool begins_with(std::string_view frame) {
  auto& parser = parser_for<version_handler>();
  parser.handler().begin();
  auto parsed = parse_whole(parser, frame.substr(0, frame.find('\n')));
  return parsed.has_value() && parser.handler().found();
}

result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size) {
  return decode_lines(parser_for<command_handler>(), frame, to, max_size);
}

} // namespace lastseen::protocol::json_v1
