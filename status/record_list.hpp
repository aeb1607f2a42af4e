#pragma once

#include "status/record.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace lastseen {

/// Records that do not change any more: a part of a vector that is shared with
/// other lists, such as those of the calls that one trip answers. Copies share
/// it, too; the vector lives as long as any of its lists.
class record_list {
public:
  /// No records.
  record_list() = default;

  /// All of them.
  record_list(std::vector<record> all)
    : record_list(std::make_shared<const std::vector<record>>(std::move(all))) {
  }

  /// All of them.
  explicit record_list(std::shared_ptr<const std::vector<record>> all)
    : owner_(std::move(all)), part_(*owner_) {}

  /// `size` of these, from `first` on. REQUIRES: there are so many.
  record_list part(std::size_t first, std::size_t size) const {
    auto out = *this;
    out.part_ = part_.subspan(first, size);
    return out;
  }

  operator std::span<const record>() const noexcept {
    return part_;
  }

  const record& operator[](std::size_t i) const noexcept {
    return part_[i];
  }

  std::size_t size() const noexcept {
    return part_.size();
  }

  bool empty() const noexcept {
    return part_.empty();
  }

  auto begin() const noexcept {
    return part_.begin();
  }

  auto end() const noexcept {
    return part_.end();
  }

private:
  std::shared_ptr<const std::vector<record>> owner_;
  std::span<const record> part_;
};

} // namespace lastseen
