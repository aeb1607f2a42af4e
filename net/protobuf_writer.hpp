#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Writes Protobuf messages field by field, without message objects. All
/// functions append.
namespace lastseen::protobuf {

inline void append_varint(std::string& out, std::uint64_t x) {
  for (; x >= 0x80; x >>= 7)
    out += static_cast<char>(x | 0x80);
  out += static_cast<char>(x);
}

/// What `f` appends, after its length.
template <class F>
void append_sized(std::string& out, F f) {
  auto at = out.size();
  out += '\0';
  f();
  auto size = out.size() - at - 1;
  if (size < 0x80) {
    out[at] = static_cast<char>(size);
    return;
  }
  std::string length;
  append_varint(length, size);
  out.replace(at, 1, length);
}

/// A field that is a number. Zero is absent, as everywhere in proto3.
inline void append_number(std::string& out, int field, std::uint64_t x) {
  if (x == 0)
    return;
  append_varint(out, static_cast<std::uint64_t>(field) << 3);
  append_varint(out, x);
}

/// A field that is a message, of what `f` appends. It is there even if that
/// is nothing.
template <class F>
void append_message(std::string& out, int field, F f) {
  constexpr std::uint64_t length_delimited = 2;
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | length_delimited);
  append_sized(out, f);
}

/// A field that is a string. An empty one is absent.
inline void append_text(std::string& out, int field, std::string_view x) {
  if (!x.empty())
    append_message(out, field, [&] { out += x; });
}

} // namespace lastseen::protobuf
