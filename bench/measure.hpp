#pragma once

#include "status/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lastseen::bench {

using clock = std::chrono::steady_clock;

/// When to measure, and whom.
struct window {
  /// The load runs that long before anything counts.
  std::chrono::milliseconds warm_up{1000};
  std::chrono::milliseconds length{4000};
  /// Processes whose CPU time is taken at both ends of the window.
  std::vector<pid_t> watched;
};

/// The outcome of a load.
struct report {
  /// What was completed within the window: RPCs, calls or pings.
  std::size_t operations = 0;
  clock::duration elapsed{};
  /// Of the operations; 0 for a load that has no latencies.
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p99{};
  /// What the watched processes used, in their order.
  std::vector<std::chrono::microseconds> cpu;
  /// Resident bytes of the watched processes at the end, in their order.
  std::vector<std::size_t> resident;
};

/// One line of JSON, without the newline.
std::string to_json(const report& x);

/// Requests and replies that go on as long as somebody calls `turn`. Whatever
/// is not the right reply makes `turn` fail.
class traffic {
public:
  virtual ~traffic() = default;

  /// Waits for replies, at most `patience`, and handles those that are there.
  virtual result<void> turn(std::chrono::milliseconds patience) = 0;

  /// Replies that are still due.
  std::size_t outstanding = 0;

  /// Whether each reply makes room for a new request.
  bool refill = true;

  /// Starts the window: what was completed before does not count.
  void begin();

  /// Counts what was completed until now.
  void end();

  /// The operations of the window and their latencies. Call it once.
  report summary();

protected:
  /// Counts an operation that took `latency`.
  void completed(clock::duration latency);

  /// Counts an operation without latency.
  void completed();

private:
  bool counting_ = false;
  std::size_t operations_ = 0;
  clock::time_point begun_;
  clock::duration elapsed_{};
  /// Nanoseconds.
  std::vector<std::uint32_t> latencies_;
};

/// Runs the load through warm-up and window, then waits until every reply is
/// there. Fails when one is wrong or still missing after 5 s.
result<report> measure(traffic& load, const window& when);

} // namespace lastseen::bench
