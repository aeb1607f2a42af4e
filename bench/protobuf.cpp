#include "bench/protobuf.hpp"

#include <cstdint>

namespace lastseen::bench::proto {

namespace {

void append_varint(std::string& out, std::size_t x) {
  for (; x > 0x7f; x >>= 7)
    out += static_cast<char>(x | 0x80);
  out += static_cast<char>(x);
}

} // namespace

std::size_t take_varint(std::string_view& bytes) {
  std::size_t out = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 63; shift += 7) {
    auto byte = static_cast<std::uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    out |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      break;
  }
  return out;
}

std::string with_length(std::string_view bytes) {
  std::string out;
  append_varint(out, bytes.size());
  out += bytes;
  return out;
}

field find_field(std::string_view message, std::size_t number) {
  field out;
  while (!message.empty()) {
    auto tag = take_varint(message);
    field x{take_varint(message), {}};
    if ((tag & 7) == 2) {
      x.bytes = message.substr(0, x.number);
      message.remove_prefix(x.bytes.size());
    }
    if (tag >> 3 == number)
      out = x;
  }
  return out;
}

} // namespace lastseen::bench::proto
