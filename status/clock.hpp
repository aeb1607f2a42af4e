#pragma once

#include <chrono>
#include <cstdint>

namespace lastseen {

/// The node's clock for events: it never jumps, and it counts the time a
/// machine was suspended (Linux CLOCK_BOOTTIME). It says nothing about the
/// time of day; only a shard's clock does.
struct boot_clock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<boot_clock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

/// A time on this node.
using local_time = boot_clock::time_point;

/// Milliseconds since the Unix epoch on the clock of a shard (its Redis
/// server, or the node for the embedded store). 0 means unknown.
using stamp = std::int64_t;

/// One look at a shard's clock: it showed `server` at some moment between
/// `sent` and `received`.
struct clock_sample {
  /// Microseconds since the Unix epoch, rounded down.
  std::int64_t server = 0;
  local_time sent;
  local_time received;
};

} // namespace lastseen
