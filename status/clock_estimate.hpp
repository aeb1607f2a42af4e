#pragma once

#include "status/clock.hpp"

#include <array>
#include <cstddef>

namespace lastseen {

/// What a node knows of a shard's clock: bounds on it at any local time, from
/// the last 16 samples. Not thread-safe.
///
/// A sample `S` taken between `sent` and `received` says that at local time
/// `t` the clock shows at least `S + (t - received)` and at most
/// `S + (t - sent)`; the tightest bound of the samples counts. When samples
/// contradict each other the server's clock was stepped: older ones go.
class clock_estimate {
public:
  static constexpr std::size_t max_samples = 16;

  /// @returns false when the samples before this one went.
  bool add(const clock_sample& sample);

  /// Forgets everything: a new connection may lead to another server.
  void reset();

  /// Whether there is a sample. REQUIRES for the functions below.
  bool known() const noexcept {
    return count_ != 0;
  }

  /// The latest time that `t` is certainly not before, rounded down: how
  /// updates are stamped. Never ahead of the server's clock.
  stamp earliest(local_time t) const noexcept;

  /// The earliest time that `t` is certainly not after, rounded up: how
  /// deletes are stamped.
  stamp latest(local_time t) const noexcept;

  /// What to add to a local time for the clock's, in microseconds: the middle
  /// of the bounds.
  std::int64_t offset() const noexcept {
    return lower_ + (upper_ - lower_) / 2;
  }

  /// The first local time for which `earliest` is later than `x`.
  local_time after(stamp x) const noexcept;

  /// All that is known, as one sample that was received at `t`.
  clock_sample summary(local_time t) const noexcept;

private:
  void update_bounds();

  std::array<clock_sample, max_samples> samples_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::int64_t lower_ = 0; // microseconds to add to a local time
  std::int64_t upper_ = 0;
};

} // namespace lastseen
