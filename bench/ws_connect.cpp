#include "bench/ws_connect.hpp"

#include "bench/process.hpp"

#include <utility>

namespace lastseen::bench {

namespace {

// The example of RFC 6455 section 1.3, which needs no SHA-1 here.
constexpr std::string_view json_path = "GET /connection/websocket";
constexpr std::string_view protobuf_path =
  "GET /connection/websocket?format=protobuf";
constexpr std::string_view handshake =
  " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
  "Sec-WebSocket-Version: 13\r\n\r\n";
constexpr std::string_view accepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

} // namespace

error bad_reply(std::string_view expected, std::string_view got) {
  constexpr std::size_t enough = 300;
  return {ec::unavailable, "expected " + std::string{expected} + ", got "
                             + std::string{got.substr(0, enough)}};
}

result<std::string> ws_upgrade(int fd, bool protobuf) {
  std::string request{protobuf ? protobuf_path : json_path};
  request += handshake;
  if (auto done = send_all(fd, request); !done)
    return done.error();
  std::string in;
  while (in.find("\r\n\r\n") == in.npos)
    if (auto done = receive(fd, in); !done)
      return done.error();
  if (!in.starts_with("HTTP/1.1 101") || in.find(accepted) == in.npos)
    return bad_reply("an upgrade", in);
  return in.substr(in.find("\r\n\r\n") + 4);
}

result<std::vector<descriptor>>
ws_strangers(std::uint16_t port, std::size_t connections, stranger kind) {
  std::vector<descriptor> out;
  while (out.size() < connections) {
    if (interrupted())
      return error{ec::stopped, "interrupted"};
    auto fd = connect_to(port, out.size());
    if (!fd)
      return fd.error();
    if (kind == stranger::upgrades)
      if (auto rest = ws_upgrade(fd->value(), false); !rest)
        return rest.error();
    out.push_back(std::move(*fd));
  }
  return out;
}

} // namespace lastseen::bench
