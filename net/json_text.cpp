#include "net/json_text.hpp"

#include <charconv>
#include <cstring>

namespace lastseen {

namespace {

std::size_t plain_prefix(std::string_view text) noexcept {
  std::size_t i = 0;
  char copy[8];
  while (text.size() - i >= 8 && copy_plain_8(copy, text.data() + i) == 0)
    i += 8;
  while (i < text.size() && is_plain(static_cast<unsigned char>(text[i])))
    ++i;
  return i;
}

// The length of the UTF-8 sequence that `text` begins with, 0 if it begins
// with none (RFC 3629, section 4). REQUIRES: the first byte is not ASCII.
std::size_t sequence_size(std::string_view text) noexcept {
  auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  auto first = at(0);
  auto second = at(1);
  if (first >= 0xc2 && first <= 0xdf)
    return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    auto low = first == 0xe0 ? 0xa0u : 0x80u;
    auto high = first == 0xed ? 0x9fu : 0xbfu;
    return second >= low && second <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    auto low = first == 0xf0 ? 0x90u : 0x80u;
    auto high = first == 0xf4 ? 0x8fu : 0xbfu;
    return second >= low && second <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
  }
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    auto n = plain_prefix(text);
    out.append(text.data(), n);
    text.remove_prefix(n);
    if (text.empty())
      break;
    auto c = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    if (c < 0x80) {
      append_escape(out, c);
    } else if (auto size = sequence_size(text); size != 0) {
      out.append(text.data(), size);
      taken = size;
    } else {
      out += "\xef\xbf\xbd";
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

void append_int(std::string& out, std::int64_t value) {
  char buf[20];
  auto end = std::to_chars(buf, buf + sizeof(buf), value).ptr;
  out.append(buf, end);
}

} // namespace lastseen
