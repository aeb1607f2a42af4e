#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Compressed WebSocket messages: permessage-deflate (RFC 7692), by zlib.
/// Every message is compressed on its own (no context takeover in either
/// direction), so that a connection keeps nothing between two messages: a
/// thread has one compressor for all of them. From any thread.
namespace lastseen {

/// The response to an offer in `Sec-WebSocket-Extensions` (one element of its
/// list), or empty: it is for another extension, or asks for what we do not do,
/// which is a smaller window for what we compress.
std::string_view answer_deflate_offer(std::string_view offer);

enum class inflate_outcome : std::uint8_t {
  ok,
  too_big,
  /// It is not deflate, or is cut.
  malformed,
};

/// Appends to `out` what the payload of a compressed message stands for, which
/// may be at most `max_size` bytes. No more than about that is ever allocated.
inflate_outcome inflate_message(std::string& out, std::string_view payload,
                                std::size_t max_size);

/// Appends the payload of a message as it is when compressed. `level`: from 1,
/// the fastest, to 9.
void deflate_message(std::string& out, std::string_view message, int level);

} // namespace lastseen
