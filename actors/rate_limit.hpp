#pragma once

#include "status/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace lastseen {

/// How often something may happen: so many times a second on average, and so
/// many at once after a pause.
class rate_limit {
public:
  /// No limit.
  constexpr rate_limit() = default;

  /// 0 per second: no limit. REQUIRES: `per_second` is at most 1,000,000 and
  /// `burst` at least 1.
  constexpr rate_limit(std::uint32_t per_second, std::uint32_t burst) {
    if (per_second == 0)
      return;
    interval_ = std::chrono::microseconds{1'000'000 / per_second};
    window_ = interval_ * burst;
  }

  constexpr bool unlimited() const noexcept {
    return interval_.count() == 0;
  }

private:
  friend class token_bucket;

  std::chrono::microseconds interval_{0};
  std::chrono::microseconds window_{0};
};

/// What is left of a rate limit. It is one time: when the bucket is full again.
class token_bucket {
public:
  /// Whether it may happen once more; if so, that is counted.
  bool take(const rate_limit& limit, local_time now) noexcept {
    if (limit.unlimited())
      return true;
    auto full = std::max(full_, now) + limit.interval_;
    if (full > now + limit.window_)
      return false;
    full_ = full;
    return true;
  }

private:
  local_time full_ = local_time::min();
};

} // namespace lastseen
