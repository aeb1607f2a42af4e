#pragma once

#include "status/text_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lastseen {

/// A list of user IDs in one block of memory: a call with 10,000 users costs
/// two allocations that grow, not 10,000.
class user_list {
public:
  void add(std::string_view user) {
    bytes_.add(user);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }

  std::string_view operator[](std::size_t i) const noexcept {
    auto begin = i == 0 ? 0 : ends_[i - 1];
    return bytes_.part(begin, ends_[i] - begin);
  }

  std::size_t size() const noexcept {
    return ends_.size();
  }

  /// The length of all user IDs together.
  std::size_t bytes() const noexcept {
    return bytes_.size();
  }

  bool empty() const noexcept {
    return ends_.empty();
  }

  void reserve(std::size_t users, std::size_t bytes) {
    ends_.reserve(users);
    bytes_.reserve(bytes);
  }

  void clear() noexcept {
    bytes_.clear();
    ends_.clear();
  }

private:
  text_buffer bytes_;
  std::vector<std::uint32_t> ends_;
};

} // namespace lastseen
