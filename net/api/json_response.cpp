#include "net/api/json_response.hpp"

#include "net/json_text.hpp"

namespace lastseen::server_api {

void begin_reply(std::string& out, std::uint32_t id) {
  out += '{';
  if (id != 0) {
    out += "\"id\":";
    append_int(out, id);
    out += ',';
  }
}

void append_nodes(std::string& out, std::span<const std::string> nodes) {
  out += "{\"nodes\":[";
  for (const auto& node : nodes) {
    if (!out.ends_with('['))
      out += ',';
    out += node;
  }
  out += "]}";
}

void append_error(std::string& out, error_code code, std::string_view message,
                  std::uint32_t id) {
  begin_reply(out, id);
  out += "\"error\":";
  append_error_object(out, code, message);
  out += '}';
}

void append_error_object(std::string& out, error_code code,
                         std::string_view message) {
  out += "{\"code\":";
  append_int(out, static_cast<std::int64_t>(code));
  out += ",\"message\":";
  append_json_string(out, message);
  out += '}';
}

std::string join_legacy(std::span<const std::string> replies) {
  std::string out;
  for (const auto& reply : replies) {
    if (!out.empty())
      out += '\n';
    out += reply;
  }
  return out;
}

} // namespace lastseen::server_api
