#pragma once

#include <cstdint>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <string_view>

/// Reads Protobuf messages field by field, without message objects.
namespace lastseen::protobuf {

using input = google::protobuf::io::CodedInputStream;
using wire = google::protobuf::internal::WireFormatLite;

/// The tag of a field that is a number.
constexpr std::uint32_t varint(int field) {
  return static_cast<std::uint32_t>(field) << 3
         | static_cast<std::uint32_t>(wire::WIRETYPE_VARINT);
}

/// The tag of a field that is a string, bytes or a message.
constexpr std::uint32_t bytes(int field) {
  return static_cast<std::uint32_t>(field) << 3
         | static_cast<std::uint32_t>(wire::WIRETYPE_LENGTH_DELIMITED);
}

/// Passes over the value of a field. False: it is malformed.
inline bool skip(input& in, std::uint32_t tag) {
  return wire::SkipField(&in, tag);
}

/// Reads the fields up to the limit; `f(tag)` reads or skips one. False: one
/// of them is malformed.
template <class F>
bool read_fields(input& in, F f) {
  while (auto tag = in.ReadTag())
    if (!f(tag))
      return false;
  return in.ConsumedEntireMessage();
}

/// Has `f()` read the next `size` bytes. False: there are fewer, or `f` said
/// so.
template <class F>
bool read_limited(input& in, std::uint32_t size, F f) {
  if (static_cast<std::int64_t>(size) > in.BytesUntilLimit())
    return false;
  auto outer = in.PushLimit(static_cast<int>(size));
  if (!f())
    return false;
  in.PopLimit(outer);
  return true;
}

} // namespace lastseen::protobuf
