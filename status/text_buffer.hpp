#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace lastseen {

/// Copies a text that is mostly short, as user IDs are: a call of `memcpy`
/// would take longer than the copying. @returns the end of the copy.
/// REQUIRES: room for it at `to`, no overlap.
inline char* copy_short(std::string_view text, char* to) noexcept {
  constexpr std::size_t long_text = 128;
  constexpr std::size_t step = 8;
  auto n = text.size();
  if (n > long_text) {
    std::memcpy(to, text.data(), n);
  } else if (n < step) {
    for (std::size_t i = 0; i < n; ++i)
      to[i] = text[i];
  } else {
    for (std::size_t i = 0; i + step < n; i += step)
      std::memcpy(to + i, text.data() + i, step);
    std::memcpy(to + n - step, text.data() + n - step, step);
  }
  return to + n;
}

/// Short texts one behind the other, in one block of memory.
class text_buffer {
public:
  text_buffer() = default;
  text_buffer(const text_buffer&) = default;
  text_buffer& operator=(const text_buffer&) = default;

  /// `x` is empty after it.
  text_buffer(text_buffer&& x) noexcept
    : room_{std::exchange(x.room_, {})}, size_{std::exchange(x.size_, 0)} {}

  text_buffer& operator=(text_buffer&& x) noexcept {
    room_ = std::exchange(x.room_, {});
    size_ = std::exchange(x.size_, 0);
    return *this;
  }

  ~text_buffer() = default;

  void add(std::string_view text) {
    if (room_.size() - size_ < text.size())
      room_.resize(std::max(size_ + text.size(), 2 * room_.size()));
    copy_short(text, room_.data() + size_);
    size_ += text.size();
  }

  /// Of what was added. REQUIRES: it is within that.
  std::string_view part(std::size_t begin, std::size_t size) const noexcept {
    return {room_.data() + begin, size};
  }

  std::size_t size() const noexcept {
    return size_;
  }

  void reserve(std::size_t bytes) {
    if (bytes > room_.size())
      room_.resize(bytes);
  }

  std::size_t capacity() const noexcept {
    return room_.size();
  }

  /// Keeps the memory.
  void clear() noexcept {
    size_ = 0;
  }

private:
  std::string room_;
  std::size_t size_ = 0;
};

} // namespace lastseen
