#pragma once

#include "net/websocket_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Frames as a client sends them, valid or not.
namespace lastseen::test {

struct client_frame {
  unsigned opcode = 1;
  std::string payload = {};
  bool final = true;
  unsigned reserved = 0;
  bool masked = true;
  /// Announced instead of the payload's size.
  std::uint64_t announced = 0;
  /// Size of the length field: 0 for the shortest form, else 2 or 8.
  std::size_t length_bytes = 0;
};

inline std::string encode(const client_frame& x) {
  constexpr std::string_view key = "\x37\xfa\x21\x3d";
  std::uint64_t length = x.announced != 0 ? x.announced : x.payload.size();
  auto extended = x.length_bytes;
  if (extended == 0)
    extended = length <= 125 ? 0 : length <= 0xffff ? 2 : 8;
  std::uint64_t small = extended == 0 ? length : extended == 2 ? 126 : 127;
  std::string out;
  out += static_cast<char>((x.final ? 0x80U : 0U) | x.reserved | x.opcode);
  out += static_cast<char>((x.masked ? 0x80U : 0U) | small);
  for (auto i = extended; i-- > 0;)
    out += static_cast<char>(length >> (8 * i) & 0xff);
  if (!x.masked)
    return out + x.payload;
  out += key;
  for (std::size_t i = 0; i < x.payload.size(); ++i)
    out += static_cast<char>(x.payload[i] ^ key[i % key.size()]);
  return out;
}

inline std::string client_text(std::string_view payload) {
  return encode({.opcode = 1, .payload = std::string{payload}});
}

} // namespace lastseen::test
