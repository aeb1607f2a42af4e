#include "net/auth/base64url.hpp"

#include <array>
#include <cstdint>

namespace lastseen {

namespace {

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xff;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] =
      static_cast<std::uint8_t>(i);
  return table;
}();

} // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (auto c : text) {
    auto value = values[static_cast<unsigned char>(c)];
    if (value == no_digit)
      return std::nullopt;
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
      bits &= (1U << count) - 1;
    }
  }
  if (bits != 0)
    return std::nullopt;
  return out;
}

} // namespace lastseen
