#include "net/protocol/rpc_data.hpp"

#include "net/json_sax.hpp"

namespace lastseen::protocol {

namespace {

class data_handler : public json_handler<data_handler> {
public:
  void begin(command& to) noexcept {
    to_ = &to;
    inside_ = false;
    is_state_ = false;
  }

  const char* open(json_type type) {
    if (!inside_ && type == json_type::object) {
      inside_ = true;
      return nullptr;
    }
    if (!inside_ || is_state_)
      to_->bad_data = true;
    skip();
    return nullptr;
  }

  void close() noexcept {
    // nop
  }

  void key(std::string_view key) noexcept {
    is_state_ = key == "state";
  }

  const char* scalar(const json_scalar& x) {
    auto null = x.type == json_type::null;
    if (!inside_) {
      to_->bad_data = !null;
    } else if (is_state_) {
      to_->state.reset();
      if (x.type == json_type::string)
        to_->state.emplace(x.text);
      else if (!null)
        to_->bad_data = true;
    }
    return nullptr;
  }

private:
  command* to_ = nullptr;
  bool inside_ = false;
  bool is_state_ = false;
};

} // namespace

void read_rpc_data(std::string_view json, command& to) {
  to.state.reset();
  to.bad_data = false;
  if (json.empty() || json == "{}")
    return;
  thread_local boost::json::basic_parser<data_handler> parser{
    boost::json::parse_options{}};
  parser.handler().begin(to);
  if (auto parsed = parse_whole(parser, json); !parsed)
    to.bad_data = true;
}

} // namespace lastseen::protocol
