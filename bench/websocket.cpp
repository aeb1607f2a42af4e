#include "bench/websocket.hpp"

#include <cstring>

namespace lastseen::bench::ws {

namespace {

constexpr std::size_t two_byte_length = 126;
constexpr std::size_t eight_byte_length = 127;
constexpr std::uint8_t high_bit = 0x80;

std::size_t big_endian(std::string_view bytes) {
  std::size_t result = 0;
  for (auto c : bytes)
    result = result << 8 | static_cast<std::uint8_t>(c);
  return result;
}

void append_header(std::string& out, opcode code, std::size_t length,
                   std::uint8_t mask_bit) {
  auto add = [&out](std::size_t byte) { out += static_cast<char>(byte); };
  add(high_bit | static_cast<std::uint8_t>(code));
  if (length < two_byte_length) {
    add(mask_bit | length);
    return;
  }
  auto small = length <= 0xffff;
  add(mask_bit | (small ? two_byte_length : eight_byte_length));
  for (auto shift = small ? 16 : 64; shift > 0;)
    add(length >> (shift -= 8) & 0xff);
}

} // namespace

std::optional<header> read_header(std::string_view bytes) {
  if (bytes.size() < 2)
    return std::nullopt;
  auto first = static_cast<std::uint8_t>(bytes[0]);
  auto second = static_cast<std::uint8_t>(bytes[1]);
  header result;
  result.code = static_cast<opcode>(first & 0x0f);
  result.final = (first & high_bit) != 0;
  result.masked = (second & high_bit) != 0;
  result.length = second & 0x7f;
  result.size = 2;
  std::size_t extra = 0;
  if (result.length == two_byte_length)
    extra = 2;
  else if (result.length == eight_byte_length)
    extra = 8;
  auto key_size = result.masked ? sizeof result.key : 0;
  if (bytes.size() < result.size + extra + key_size)
    return std::nullopt;
  if (extra != 0)
    result.length = big_endian(bytes.substr(result.size, extra));
  result.size += extra;
  std::memcpy(&result.key, bytes.data() + result.size, key_size);
  result.size += key_size;
  return result;
}

void mask(char* payload, std::size_t length, std::uint32_t key) {
  auto wide = static_cast<std::uint64_t>(key) << 32 | key;
  for (; length >= sizeof wide; length -= sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload, sizeof word);
    word ^= wide;
    std::memcpy(payload, &word, sizeof word);
    payload += sizeof word;
  }
  std::uint64_t tail = 0;
  std::memcpy(&tail, payload, length);
  tail ^= wide;
  std::memcpy(payload, &tail, length);
}

void append_frame(std::string& out, opcode code, std::string_view payload) {
  append_header(out, code, payload.size(), 0);
  out += payload;
}

void append_masked(std::string& out, opcode code, std::string_view payload,
                   std::uint32_t key) {
  append_header(out, code, payload.size(), high_bit);
  out.append(reinterpret_cast<const char*>(&key), sizeof key);
  auto begin = out.size();
  out += payload;
  mask(out.data() + begin, payload.size(), key);
}

} // namespace lastseen::bench::ws
