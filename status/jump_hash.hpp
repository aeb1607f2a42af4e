#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastseen {

/// FNV-1a, 64 bits.
std::uint64_t fnv1a_64(std::string_view bytes) noexcept;

/// The jump consistent hash of Lamping and Veach (arXiv:1406.2294).
/// REQUIRES: buckets > 0.
std::size_t jump_hash(std::uint64_t key, std::size_t buckets) noexcept;

/// The shard of a user: as Centrifugo chooses it (contract B.6.3), 0 when
/// there is only one.
std::size_t shard_of(std::string_view user, std::size_t shards) noexcept;

} // namespace lastseen
