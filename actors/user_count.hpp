#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace lastseen {

/// Counts the users that are connected to this node, at a few bytes each: two
/// names of one hash are one user. From any thread.
class user_count {
public:
  /// A connection of the user came, or went.
  void enter(std::string_view user);
  void leave(std::string_view user);

  std::size_t size() const noexcept {
    return size_;
  }

private:
  // Users are spread over several locks.
  struct part {
    std::mutex lock;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> connections;
  };

  part& part_of(std::uint64_t hash) noexcept {
    return parts_[hash % parts_.size()];
  }

  std::array<part, 64> parts_;
  std::atomic<std::size_t> size_ = 0;
};

} // namespace lastseen
