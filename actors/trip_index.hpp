#pragma once

#include "status/user_list.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lastseen {

/// Finds users in a list of at most 1,000 while it grows: a hash table of their
/// places. Half the price of a general one, since nothing is ever taken out and
/// the list has the texts. Not thread-safe.
class trip_index {
public:
  static constexpr std::size_t max_users = 1'000;

  /// The list is empty again.
  void clear() noexcept {
    slots_.fill({});
  }

  /// The user's place in the list; the end of the list if it is not there: it
  /// is to be added then. A list that is full takes nobody more.
  std::uint32_t place_of(std::string_view user,
                         const user_list& users) noexcept {
    auto hash = hash_of(user);
    auto tag = static_cast<std::uint16_t>(hash >> 48);
    for (auto i = hash;; ++i) {
      auto& x = slots_[i % slots_.size()];
      if (x.next == 0) {
        if (users.size() < max_users)
          x = {tag, static_cast<std::uint16_t>(users.size() + 1)};
        return static_cast<std::uint32_t>(users.size());
      }
      if (x.tag == tag && users[x.next - 1u] == user)
        return x.next - 1u;
    }
  }

private:
  // By eight bytes, the last ones overlapping; `std::hash` is a third of all
  // the work here.
  static std::uint64_t hash_of(std::string_view text) noexcept {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15; // 2^64 / golden ratio
    auto mix = [](std::uint64_t hash, std::uint64_t x) {
      hash = (hash ^ x) * factor;
      return hash ^ hash >> 32;
    };
    auto n = text.size();
    std::uint64_t hash = n;
    std::uint64_t x = 0;
    if (n < sizeof x) {
      for (auto c : text)
        x = x << 8 | static_cast<unsigned char>(c);
      return mix(hash, x) * factor;
    }
    for (std::size_t i = 0; i + sizeof x < n; i += sizeof x) {
      std::memcpy(&x, text.data() + i, sizeof x);
      hash = mix(hash, x);
    }
    std::memcpy(&x, text.data() + n - sizeof x, sizeof x);
    return mix(hash, x) * factor;
  }

  struct slot {
    std::uint16_t tag = 0;  // some bits of the hash
    std::uint16_t next = 0; // the place after the user's; 0: nobody is here
  };

  std::array<slot, 4'096> slots_{}; // a quarter is used: few collisions
};

} // namespace lastseen
