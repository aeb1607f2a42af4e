#pragma once

#include "status/stored_records.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace lastseen {

/// Records that do not change any more: some in a row of a block that is shared
/// with other lists, such as those of the calls that one trip answers. Copies
/// share it, too; the block lives as long as any of its lists.
class record_list {
public:
  /// No records.
  record_list() = default;

  /// All of them.
  record_list(stored_records all)
    : block_(std::make_shared<const stored_records>(std::move(all))),
      size_(block_->size()) {}

  /// `size` of these, from `first` on. REQUIRES: there are so many.
  record_list part(std::size_t first, std::size_t size) const {
    auto out = *this;
    out.first_ += first;
    out.size_ = size;
    return out;
  }

  /// The stored form; empty where there is no record.
  std::string_view text(std::size_t i) const noexcept {
    return block_->text(first_ + i);
  }

  record operator[](std::size_t i) const {
    return (*block_)[first_ + i];
  }

  std::size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

private:
  std::shared_ptr<const stored_records> block_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

} // namespace lastseen
