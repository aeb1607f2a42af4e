#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace lastseen {

/// Appends `text` as a JSON string, quotes included. Escapes `"`, `\` and
/// control characters; `<`, `>`, `&` and UTF-8 stay as they are. Each byte
/// that is not part of valid UTF-8 becomes U+FFFD, so that the output is JSON
/// whatever comes in (an error text of a server, say).
void append_json_string(std::string& out, std::string_view text);

/// Copies 8 bytes. @returns a word in which the highest bit of a byte is set
/// where a JSON string cannot have it as it is, or where it is not ASCII. A
/// borrow can only flag a byte too many.
inline std::uint64_t copy_plain_8(char* to, const char* from) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  std::uint64_t x = 0;
  std::memcpy(&x, from, sizeof x);
  std::memcpy(to, &x, sizeof x);
  auto quote = x ^ (ones * '"');
  auto backslash = x ^ (ones * '\\');
  auto special = (x - ones * 0x20) | (quote - ones) | (backslash - ones) | x;
  return special & highs;
}

/// Whether a JSON string has this byte as it is, and it is ASCII.
constexpr bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/// Copies `text` to where there is room for it. @returns whether a JSON string
/// has it as it is; it may say no for a text that is ASCII all over.
inline bool copy_plain(char* to, std::string_view text) noexcept {
  auto n = text.size();
  if (n < 8) {
    auto plain = true;
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = text[i];
      plain = plain && is_plain(static_cast<unsigned char>(text[i]));
    }
    return plain;
  }
  auto special = copy_plain_8(to + n - 8, text.data() + n - 8);
  for (std::size_t i = 0; i + 8 < n; i += 8)
    special |= copy_plain_8(to + i, text.data() + i);
  return special == 0;
}

/// Appends a decimal integer.
void append_int(std::string& out, std::int64_t value);

} // namespace lastseen
