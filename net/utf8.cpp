#include "net/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lastseen {

namespace {

/// The length of the sequence that starts with `first`, and what its second
/// byte may be (RFC 3629, section 4); length 0 for no sequence.
struct sequence {
  std::size_t size;
  unsigned char low;
  unsigned char high;
};

sequence sequence_of(unsigned char first) noexcept {
  if (first >= 0xc2 && first <= 0xdf)
    return {2, 0x80, 0xbf};
  if (first == 0xe0)
    return {3, 0xa0, 0xbf};
  if (first == 0xed)
    return {3, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef)
    return {3, 0x80, 0xbf};
  if (first == 0xf0)
    return {4, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3)
    return {4, 0x80, 0xbf};
  if (first == 0xf4)
    return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  auto at = [text](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  std::size_t i = 0;
  while (i < text.size()) {
    // Most text is ASCII: eight bytes at a time.
    std::uint64_t word = 0;
    if (text.size() - i >= sizeof word) {
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        i += sizeof word;
        continue;
      }
    }
    if (at(i) < 0x80) {
      ++i;
      continue;
    }
    auto [size, low, high] = sequence_of(at(i));
    if (size == 0 || text.size() - i < size)
      return false;
    if (at(i + 1) < low || at(i + 1) > high)
      return false;
    for (std::size_t k = 2; k < size; ++k)
      if ((at(i + k) & 0xc0) != 0x80)
        return false;
    i += size;
  }
  return true;
}

} // namespace lastseen
