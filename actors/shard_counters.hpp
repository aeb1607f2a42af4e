#pragma once

#include "status/counter.hpp"
#include "status/error.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

namespace lastseen {

/// How often what went wrong, by cause. One actor counts, any thread reads.
class cause_counters {
public:
  void add(const error& why) noexcept {
    auto cause = why.cause.empty() ? to_string(why.code) : why.cause;
    auto n = used_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < n; ++i)
      if (all_[i].cause == cause || i + 1 == max_causes) {
        ++all_[i].count;
        return;
      }
    all_[n].cause = n + 1 == max_causes ? "other" : cause;
    ++all_[n].count;
    used_.store(n + 1, std::memory_order_release);
  }

  /// Calls `f(cause, count)` for each cause that there was.
  template <class F>
  void each(F f) const {
    auto n = used_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < n; ++i)
      f(all_[i].cause, static_cast<std::uint64_t>(all_[i].count));
  }

private:
  // More than there are; each would be a series for ever.
  static constexpr std::size_t max_causes = 32;

  struct entry {
    std::string_view cause;
    counter count;
  };
  std::array<entry, max_causes> all_;
  std::atomic<std::size_t> used_{0};
};

/// What happened at a shard since the start.
struct shard_counters {
  counter updates;    // activities, heartbeats and API updates taken in
  counter refused;    // of them, the pending table being full
  counter rejected;   // users dropped since the store refuses them
  counter batches;    // acknowledged
  counter written;    // users in them
  counter unparsable; // stored values that do not parse
  counter expired;    // updates too old when they reached the store
  counter guarded;    // updates of users without a record, before the guard
  counter deleted;    // updates of before a stored delete

  counter reconnects;              // the store was up before and is so again
  cause_counters link_errors;      // the link was lost or not made
  cause_counters write_errors;     // batches that failed, or not enough copies
  cause_counters read_errors;      // trips that failed
  latency_histogram write_latency; // of batches, failed ones too
  latency_histogram read_latency;  // of trips, failed ones too
  size_histogram batch_users;      // of the batches that were sent
};

} // namespace lastseen
