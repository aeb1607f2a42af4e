#include "actors/client_id.hpp"

#include <fmt/format.h>

namespace lastseen {

std::string make_client_id(std::uint64_t high, std::uint64_t low) {
  high = (high & ~0xf000ULL) | 0x4000;                    // version 4
  low = (low & ~(3ULL << 62)) | (std::uint64_t{2} << 62); // variant 2
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32,
                     (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffffffffffff);
}

} // namespace lastseen
