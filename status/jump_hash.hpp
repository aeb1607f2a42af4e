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

/// How users are divided among status actors: by shard, and the users of a
/// shard among its *lanes*, each of them an actor with a store of its own. All
/// lanes are numbered, shard by shard.
struct lane_map {
  std::size_t shards = 1;
  /// Of each shard.
  std::size_t lanes = 1;

  std::size_t size() const noexcept {
    return shards * lanes;
  }

  /// The number of the lane that serves a user.
  std::size_t lane_of(std::string_view user) const noexcept;

  /// The shard that a lane belongs to.
  std::size_t shard_of_lane(std::size_t lane) const noexcept {
    return lane / lanes;
  }
};

} // namespace lastseen
