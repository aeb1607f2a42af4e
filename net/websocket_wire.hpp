#pragma once

#include <cstddef>

/// The header of a frame (RFC 6455, section 5.2; the compressed bit is that of
/// RFC 7692).
namespace lastseen::websocket_wire {

inline constexpr unsigned final_bit = 0x80;
inline constexpr unsigned compressed_bit = 0x40;

/// Lengths in the second byte that say where the length is.
inline constexpr unsigned length_16 = 126;
inline constexpr unsigned length_64 = 127;

inline constexpr std::size_t max_control_payload = 125;

} // namespace lastseen::websocket_wire
