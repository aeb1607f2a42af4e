#include "net/protocol/uni_json.hpp"

#include "net/protocol/json_v2.hpp"

namespace lastseen::protocol {

namespace uni_json {

result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size) {
  if (frame.size() > max_size)
    return error{ec::bad_request, "command 1: too large"};
  thread_local json_v2::decoder decoder;
  return decoder.decode_connect(frame, to);
}

void append_connect(std::string& out, std::uint32_t, const connect_result& x) {
  out += "{\"connect\":";
  json_v2::append_connect_body(out, x);
  out += '}';
}

void append_ping(std::string& out) {
  out += "{}";
}

void append_disconnect(std::string& out, disconnect_code code) {
  json_v2::append_disconnect_push(out, code);
}

} // namespace uni_json

const codec uni_json_codec{
  .decode = uni_json::decode,
  .append_connect = uni_json::append_connect,
  .append_rpc = nullptr,
  .append_refresh = nullptr,
  .append_pong = nullptr,
  .append_error = nullptr,
  .append_ping = uni_json::append_ping,
  .append_disconnect = uni_json::append_disconnect,
  .append_close_reason = append_plain_reason,
  .binary = false,
};

} // namespace lastseen::protocol
