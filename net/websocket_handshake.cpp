#include "net/websocket_handshake.hpp"

#include "net/permessage_deflate.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace lastseen {

namespace {

constexpr std::string_view json_protocol = "centrifuge-json";
constexpr std::string_view protobuf_protocol = "centrifuge-protobuf";
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

/// Calls `f` with each element of the comma-separated lists in all fields of
/// that name, until it returns true.
template <class F>
bool any_element(const http_request& request, std::string_view name, F f) {
  for (const auto& field : request.fields) {
    if (!equal_ignoring_case(field.name, name))
      continue;
    auto rest = field.value;
    while (!rest.empty()) {
      if (f(cut(rest, ',')))
        return true;
    }
  }
  return false;
}

bool has_token(const http_request& request, std::string_view name,
               std::string_view token) {
  return any_element(request, name, [token](std::string_view x) {
    return equal_ignoring_case(x, token);
  });
}

/// The first of the offered subprotocols that we know, or empty.
std::string_view subprotocol_of(const http_request& request) {
  std::string_view out;
  any_element(request, "Sec-WebSocket-Protocol", [&out](std::string_view x) {
    if (x == json_protocol || x == protobuf_protocol)
      out = x;
    return !out.empty();
  });
  return out;
}

/// The response to the first offer of permessage-deflate that will do, or
/// empty.
std::string_view deflate_of(const http_request& request) {
  std::string_view out;
  any_element(request, "Sec-WebSocket-Extensions", [&out](std::string_view x) {
    out = answer_deflate_offer(x);
    return !out.empty();
  });
  return out;
}

/// 16 bytes in base64.
bool is_key(std::string_view key) {
  auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.ends_with("==")
         && std::all_of(key.begin(), key.end() - 2, is_digit);
}

/// Why the request is none for a WebSocket, or empty.
std::string_view flaw_of(const http_request& request) {
  if (request.version < 11)
    return "HTTP/1.1 is needed";
  if (!has_token(request, "Connection", "upgrade"))
    return "Connection is not upgrade";
  if (!has_token(request, "Upgrade", "websocket"))
    return "Upgrade is not websocket";
  if (request.field("Sec-WebSocket-Version") != "13")
    return "Sec-WebSocket-Version is not 13";
  if (!is_key(request.field("Sec-WebSocket-Key")))
    return "Sec-WebSocket-Key is not 16 bytes in base64";
  return {};
}

} // namespace

std::optional<server_api::http_answer>
refuse_handshake(const http_request& request) {
  if (request.method != "GET")
    return server_api::http_answer{
      405, plain_text, "Method Not Allowed\n",
      "Allow: GET\r\nSec-WebSocket-Version: 13\r\n"};
  if (auto flaw = flaw_of(request); !flaw.empty())
    return server_api::http_answer{400, plain_text,
                                   "Bad Request: " + std::string{flaw} + '\n',
                                   "Sec-WebSocket-Version: 13\r\n"};
  return std::nullopt;
}

handshake accept_handshake(const http_request& request, bool compression,
                           std::string_view fields, std::string& out) {
  out += "HTTP/1.1 101 Switching Protocols\r\n"
         "Upgrade: websocket\r\n"
         "Connection: Upgrade\r\n"
         "Sec-WebSocket-Accept: ";
  out += accept_key(request.field("Sec-WebSocket-Key"));
  auto subprotocol = subprotocol_of(request);
  if (!subprotocol.empty()) {
    out += "\r\nSec-WebSocket-Protocol: ";
    out += subprotocol;
  }
  auto extension = compression ? deflate_of(request) : std::string_view{};
  if (!extension.empty()) {
    out += "\r\nSec-WebSocket-Extensions: ";
    out += extension;
  }
  out += "\r\n";
  out += fields;
  out += "\r\n";
  return {subprotocol == protobuf_protocol
            || query_value(request.query, "format") == "protobuf"
            || query_value(request.query, "cf_protocol") == "protobuf",
          query_value(request.query, "cf_ws_frame_ping_pong") == "true",
          !extension.empty()};
}

std::string accept_key(std::string_view key) {
  auto salted = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha1(),
             nullptr);
  std::array<unsigned char, 29> text{};
  auto size = EVP_EncodeBlock(text.data(), digest.data(), digest.size());
  return {text.begin(), text.begin() + size};
}

} // namespace lastseen
