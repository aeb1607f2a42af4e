#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The little of WebSocket (RFC 6455) that the bare server and the load
/// generator share. No extensions, no fragmented messages.
namespace lastseen::bench::ws {

/// RFC 6455 section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// What stands before the payload of a frame.
struct header {
  opcode code = opcode::text;
  bool final = true;
  bool masked = false;
  /// The key as it stands in the frame, 0 when not masked.
  std::uint32_t key = 0;
  /// Bytes of the payload.
  std::size_t length = 0;
  /// Bytes of the header itself.
  std::size_t size = 0;
};

/// Reads the header at the front of `bytes`; nothing when it is incomplete.
std::optional<header> read_header(std::string_view bytes);

/// XORs `length` bytes with the key, which masks and unmasks.
void mask(char* payload, std::size_t length, std::uint32_t key);

/// Appends a final frame as a server sends it.
void append_frame(std::string& out, opcode code, std::string_view payload);

/// Appends a final frame as a client sends it, masked with `key`.
void append_masked(std::string& out, opcode code, std::string_view payload,
                   std::uint32_t key);

} // namespace lastseen::bench::ws
