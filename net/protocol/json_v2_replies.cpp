#include "net/json_text.hpp"
#include "net/protocol/json_v2.hpp"

namespace lastseen::protocol::json_v2 {

namespace {

void begin_reply(std::string& out, std::uint32_t id) {
  out += "{\"id\":";
  append_int(out, id);
}

void append_ttl(std::string& out, std::chrono::seconds ttl) {
  out += "\"expires\":true,\"ttl\":";
  append_int(out, ttl.count());
}

} // namespace

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x) {
  begin_reply(out, id);
  out += ",\"connect\":";
  append_connect_body(out, x);
  out += '}';
}

void append_connect_body(std::string& out, const connect_result& x) {
  out += "{\"client\":";
  append_json_string(out, x.client);
  out += ",\"version\":";
  append_json_string(out, x.version);
  if (x.ttl) {
    out += ',';
    append_ttl(out, *x.ttl);
  }
  if (x.ping.count() > 0) {
    out += ",\"ping\":";
    append_int(out, x.ping.count());
    if (x.pong)
      out += ",\"pong\":true";
  }
  if (!x.session.empty()) {
    out += ",\"session\":";
    append_json_string(out, x.session);
  }
  if (!x.node.empty()) {
    out += ",\"node\":";
    append_json_string(out, x.node);
  }
  if (x.time) {
    out += ",\"time\":";
    append_int(out, x.time->count());
  }
  out += '}';
}

void append_rpc(std::string& out, std::uint32_t id) {
  begin_reply(out, id);
  out += ",\"rpc\":{\"data\":{}}}";
}

void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl) {
  begin_reply(out, id);
  out += ",\"refresh\":{";
  if (ttl)
    append_ttl(out, *ttl);
  out += "}}";
}

void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message) {
  const auto& info = describe(code);
  begin_reply(out, id);
  out += ",\"error\":{\"code\":";
  append_int(out, static_cast<std::int64_t>(code));
  out += ",\"message\":";
  append_json_string(out, message.empty() ? info.message : message);
  if (info.temporary)
    out += ",\"temporary\":true";
  out += "}}";
}

void append_ping(std::string& out) {
  out += "{}";
}

void append_disconnect(std::string& out, disconnect_code code) {
  out += "{\"push\":";
  append_disconnect_push(out, code);
  out += '}';
}

void append_disconnect_push(std::string& out, disconnect_code code) {
  out += "{\"disconnect\":{\"code\":";
  append_int(out, static_cast<std::int64_t>(code));
  out += ",\"reason\":";
  append_json_string(out, reason_of(code));
  out += "}}";
}

} // namespace lastseen::protocol::json_v2

namespace lastseen::protocol {

void append_plain_reason(std::string& out, disconnect_code code) {
  out += reason_of(code);
}

const codec json_v2_codec{
  .decode =
    [](std::string_view frame, command_sink to, std::size_t max_size) {
      thread_local json_v2::decoder decoder;
      return decoder.decode(frame, to, max_size);
    },
  .append_connect = json_v2::append_connect,
  .append_rpc = json_v2::append_rpc,
  .append_refresh = json_v2::append_refresh,
  .append_pong = nullptr,
  .append_error = json_v2::append_error,
  .append_ping = json_v2::append_ping,
  .append_disconnect = json_v2::append_disconnect,
  .append_close_reason = append_plain_reason,
  .binary = false,
};

} // namespace lastseen::protocol
