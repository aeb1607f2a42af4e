#include "net/protocol/emulation.hpp"

#include "net/json_sax.hpp"
#include "net/protocol/client.pb.h"

namespace lastseen::protocol {

namespace {

class body_handler : public json_handler<body_handler> {
public:
  emulation_request& value() noexcept {
    return value_;
  }

  const char* open(json_type type) {
    if (inside_) {
      if (to_ != nullptr)
        return "not a string";
      skip();
      return nullptr;
    }
    inside_ = true;
    return type == json_type::object ? nullptr : "not an object";
  }

  void close() noexcept {
    // nop
  }

  void key(std::string_view key) noexcept {
    to_ = key == "session" ? &value_.session
          : key == "node"  ? &value_.node
          : key == "data"  ? &value_.data
                           : nullptr;
  }

  const char* scalar(const json_scalar& x) {
    if (!inside_)
      return "not an object";
    if (to_ == nullptr)
      return nullptr;
    if (x.type != json_type::string)
      return "not a string";
    *to_ = x.text;
    return nullptr;
  }

private:
  emulation_request value_;
  std::string* to_ = nullptr;
  bool inside_ = false;
};

} // namespace

result<emulation_request> read_emulation_json(std::string_view body) {
  boost::json::basic_parser<body_handler> parser{boost::json::parse_options{}};
  if (auto parsed = parse_whole(parser, body); !parsed)
    return parsed.error();
  return std::move(parser.handler().value());
}

result<emulation_request> read_emulation_protobuf(std::string_view body) {
  pb::EmulationRequest x;
  if (!x.ParseFromArray(body.data(), static_cast<int>(body.size())))
    return error{ec::bad_request, "not an EmulationRequest"};
  return emulation_request{std::move(*x.mutable_session()),
                           std::move(*x.mutable_node()),
                           std::move(*x.mutable_data())};
}

} // namespace lastseen::protocol
