#pragma once

#include <unistd.h>
#include <utility>

namespace lastseen {

/// Owns an open file.
class descriptor {
public:
  /// Of what `open` returned; -1: none.
  explicit descriptor(int x = -1) noexcept : x_(x) {}

  ~descriptor() {
    if (x_ >= 0)
      close(x_);
  }

  descriptor(descriptor&& other) noexcept : x_(std::exchange(other.x_, -1)) {}

  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(x_, other.x_);
    return *this;
  }

  explicit operator bool() const noexcept {
    return x_ >= 0;
  }

  int get() const noexcept {
    return x_;
  }

private:
  int x_;
};

} // namespace lastseen
