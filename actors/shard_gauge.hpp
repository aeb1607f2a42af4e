#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace lastseen {

/// What others may look at while a status actor works, from any thread. It is
/// as of the last message that the actor handled.
class shard_gauge {
public:
  /// Users whose updates the store has not acknowledged.
  std::atomic<std::size_t> pending{0};
  /// When the oldest of these updates came, in local time; 0: there is none.
  std::atomic<std::int64_t> oldest_pending{0};
  /// Users waiting to be put into a round trip to the store.
  std::atomic<std::size_t> waiting_reads{0};
  /// Messages that had come and were not handled yet.
  std::atomic<std::size_t> mailbox_length{0};
  /// How long the last report or API update waited in the mailbox, in
  /// microseconds.
  std::atomic<std::int64_t> mailbox_delay{0};
  /// What to add to a local time for the shard's clock, in microseconds; 0:
  /// unknown.
  std::atomic<std::int64_t> clock_offset{0};
  /// `drain_atom` was handled: everything sent before it is in the table.
  std::atomic<bool> draining{false};

  /// Why the store cannot be reached; empty while it can.
  std::string problem() const {
    std::lock_guard guard{mutex_};
    return problem_;
  }

  void set_problem(std::string_view why) {
    std::lock_guard guard{mutex_};
    problem_ = why;
  }

private:
  mutable std::mutex mutex_;
  std::string problem_ = "not connected yet";
};

} // namespace lastseen
