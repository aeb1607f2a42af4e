#pragma once

#include <cstdint>
#include <string>

namespace lastseen {

/// The ID of a connection: a UUID of version 4 (RFC 9562) made of 122 of the
/// given random bits.
std::string make_client_id(std::uint64_t high, std::uint64_t low);

} // namespace lastseen
