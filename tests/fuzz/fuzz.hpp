#pragma once

#include "net/protocol/codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What the fuzz targets share. A target calls the code under test; the
/// sanitizers and `require` tell when something is wrong.
namespace lastseen::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the run when a promise of the code is broken.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

/// What holds of every command, whatever its encoding: nothing in it is larger
/// than what came, but for escapes, and an error takes nothing back.
inline void decode_all(const protocol::codec& codec, std::string_view frame) {
  std::size_t bytes = 0;
  auto each = [&](protocol::command& x) {
    bytes += x.token.size() + x.name.size() + x.version.size() + x.method.size()
             + (x.state ? x.state->size() : 0);
    require(bytes <= frame.size());
    require(x.kind <= protocol::command_kind::other);
  };
  auto done = codec.decode(frame, each, protocol::any_size);
  require(done || done.error().code == ec::bad_request);
}

} // namespace lastseen::fuzz
