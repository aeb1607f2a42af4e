#include "net/json_text.hpp"
#include "net/protocol/json_v1.hpp"

namespace lastseen::protocol::json_v1 {

namespace {

void begin_reply(std::string& out, std::uint32_t id, std::string_view body) {
  out += "{\"id\":";
  append_int(out, id);
  out += ",\"";
  out += body;
  out += "\":{";
}

void append_ttl(std::string& out, std::chrono::seconds ttl) {
  out += "\"expires\":true,\"ttl\":";
  append_int(out, ttl.count());
}

} // namespace

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x) {
  begin_reply(out, id, "result");
  out += "\"client\":";
  append_json_string(out, x.client);
  out += ",\"version\":";
  append_json_string(out, x.version);
  if (x.ttl) {
    out += ',';
    append_ttl(out, *x.ttl);
  }
  out += "}}";
}

void append_rpc(std::string& out, std::uint32_t id) {
  begin_reply(out, id, "result");
  out += "\"data\":{}}}";
}

void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl) {
  begin_reply(out, id, "result");
  if (ttl)
    append_ttl(out, *ttl);
  out += "}}";
}

void append_pong(std::string& out, std::uint32_t id) {
  begin_reply(out, id, "result");
  out += "}}";
}

void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message) {
  begin_reply(out, id, "error");
  out += "\"code\":";
  append_int(out, static_cast<std::int64_t>(code));
  out += ",\"message\":";
  append_json_string(out, message.empty() ? describe(code).message : message);
  out += "}}";
}

void append_close_reason(std::string& out, disconnect_code code) {
  out += "{\"reason\":";
  append_json_string(out, reason_of(code));
  out += is_terminal(code) ? ",\"reconnect\":false}" : ",\"reconnect\":true}";
}

} // namespace lastseen::protocol::json_v1

namespace lastseen::protocol {

const codec json_v1_codec{
  .decode = json_v1::decode,
  .append_connect = json_v1::append_connect,
  .append_rpc = json_v1::append_rpc,
  .append_refresh = json_v1::append_refresh,
  .append_pong = json_v1::append_pong,
  .append_error = json_v1::append_error,
  .append_ping = nullptr,
  .append_disconnect = nullptr,
  .append_close_reason = json_v1::append_close_reason,
  .binary = false,
};

} // namespace lastseen::protocol
