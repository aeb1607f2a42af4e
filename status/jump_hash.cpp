#include "status/jump_hash.hpp"

namespace lastseen {

std::uint64_t fnv1a_64(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (auto c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::size_t jump_hash(std::uint64_t key, std::size_t buckets) noexcept {
  std::int64_t bucket = -1;
  std::int64_t next = 0;
  while (next < static_cast<std::int64_t>(buckets)) {
    bucket = next;
    key = key * 2862933555777941757ULL + 1;
    next =
      static_cast<std::int64_t>(static_cast<double>(bucket + 1)
                                * (static_cast<double>(1LL << 31)
                                   / static_cast<double>((key >> 33) + 1)));
  }
  return static_cast<std::size_t>(bucket);
}

std::size_t shard_of(std::string_view user, std::size_t shards) noexcept {
  return shards > 1 ? jump_hash(fnv1a_64(user), shards) : 0;
}

std::size_t lane_map::lane_of(std::string_view user) const noexcept {
  if (lanes == 1)
    return shard_of(user, shards);
  return shard_of(user, shards) * lanes + fnv1a_64(user) % lanes;
}

} // namespace lastseen
