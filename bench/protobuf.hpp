#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The little of Protobuf's encoding that the load generator needs.
namespace lastseen::bench::proto {

/// Takes a varint off the front of `bytes`; what is cut counts as it is.
std::size_t take_varint(std::string_view& bytes);

/// The bytes behind their length as a varint.
std::string with_length(std::string_view bytes);

/// A field's value: a number, or the bytes of what has a length.
struct field {
  std::size_t number = 0;
  std::string_view bytes = {};
};

/// The last field of that number in a message of varints and of fields with a
/// length; 0 and empty without one.
field find_field(std::string_view message, std::size_t number);

} // namespace lastseen::bench::proto
