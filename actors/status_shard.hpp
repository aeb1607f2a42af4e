#pragma once

#include "actors/messages.hpp"
#include "actors/pending_table.hpp"
#include "actors/read_queue.hpp"
#include "actors/shard_counters.hpp"
#include "status/clock_estimate.hpp"
#include "status/merge.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace lastseen {

struct shard_options {
  pending_options pending;
  retention keep;
  /// Least time between the starts of two batches that are not full.
  std::chrono::milliseconds flush_interval{5};
  /// How long a call of the server API waits.
  std::chrono::milliseconds timeout = std::chrono::seconds{4};
};

/// All that a shard's status actor knows and decides: pending updates, waiting
/// reads and calls, the link to the store, when to flush. It outlives the
/// actor, so that one that dies loses nothing. Pure; not thread-safe.
///
/// Use: tell it what happened, then carry out `next_work` until that is empty.
class status_shard {
public:
  status_shard(std::size_t index, std::string store_name, shard_options options,
               local_time now);

  // -- what happens -----------------------------------------------------------

  /// @returns false when the pending table is full.
  bool on_activity(const activity& x, local_time now);
  void on_heartbeat(const heartbeat& x, local_time now);
  void on_read(read_call&& x, local_time now);
  void on_write(write_call&& x, local_time now);
  void on_link(const store_link& x, local_time now);
  void on_written(store_written&& x, local_time now);
  void on_store_read(store_read&& x, local_time now);

  /// A new actor took over: answers to what was under way may be lost.
  void on_restart(local_time now);

  /// The last flush: from now on nothing is held back, and what waits for
  /// another try is tried at once.
  void drain();

  // -- what to do -------------------------------------------------------------

  struct batch {
    std::uint64_t number;
    write_batch users;
  };
  /// The next batch to write, if it is time.
  std::optional<batch> next_batch(local_time now);

  /// The next round trip to read.
  std::optional<read_queue::trip> next_trip(local_time now);

  /// Answers to API calls that became ready.
  read_answers take_read_answers();
  std::vector<write_answer> take_write_answers(local_time now);

  /// When something is to be done even if nothing happens.
  std::optional<local_time> next_wake(local_time now) const;

  // -- observers --------------------------------------------------------------

  /// Users whose updates the store has not acknowledged.
  std::size_t pending_users() const noexcept {
    return pending_.size();
  }

  /// When the oldest update that the store has not acknowledged came, in local
  /// time; 0: there is none.
  std::int64_t oldest_pending() const noexcept {
    return pending_.oldest().time_since_epoch().count();
  }

  std::size_t waiting_reads() const noexcept {
    return reads_.waiting_users();
  }

  /// What to add to a local time for the shard's clock, in microseconds; 0:
  /// unknown.
  std::int64_t clock_offset() const noexcept {
    return clock_.known() ? clock_.offset() : 0;
  }

  bool up() const noexcept {
    return up_;
  }

  /// Why the store, while it is connected, refuses writes or reads that it may
  /// take later; null when it does not.
  const error* refusal() const noexcept;

  /// May be looked at from any thread.
  const shard_counters& counters() const noexcept {
    return counters_;
  }

  const std::string& store_name() const noexcept {
    return store_name_;
  }

private:
  struct waiting_call {
    std::size_t missing = 0; // users not acknowledged
    bool removes = false;
    local_time deadline;
    stamp deleted = 0; // the latest of those acknowledged
  };

  /// Of the store, which may well answer reads and refuse writes.
  struct attempts {
    local_time again_at;
    unsigned failures_in_a_row = 0;
    std::optional<error> failure = std::nullopt; // of the last one
  };

  bool down_for_long(local_time now) const;
  void expire(local_time now);
  error late(const attempts& tried) const;
  void back_off(attempts& tried, error why, local_time now);
  std::chrono::milliseconds wait_after(unsigned failures);
  void leave_out(const unserved& x, local_time now);
  void answer_write(call_id id, std::optional<error> failure);
  void answer_reads(read_answers answers);
  void complete(const std::vector<call_id>& calls,
                const std::optional<error>& unconfirmed, local_time now);

  std::size_t index_;
  std::string store_name_;
  shard_options options_;
  pending_table pending_;
  read_queue reads_;
  clock_estimate clock_;
  bool up_ = false;
  bool was_up_ = false;
  bool draining_ = false;
  local_time down_since_;
  error cause_;
  local_time last_batch_;
  attempts writes_;
  attempts trips_;
  // Users of a part of the store that is away, and why (see leave_out).
  local_time try_aside_at_;
  unsigned aside_in_vain_ = 0;
  error aside_cause_;
  std::uint64_t batch_number_ = 0;
  std::size_t users_in_flight_ = 0;
  // The latest delete of the batch in flight.
  stamp deleted_in_flight_ = 0;
  std::unordered_map<call_id, waiting_call> calls_;
  std::deque<std::pair<local_time, call_id>> deadlines_;
  read_answers read_answers_;
  std::vector<write_answer> write_answers_;
  // Deletes that are acknowledged and wait for the clock (see complete).
  struct delayed {
    local_time due;
    write_answer answer;
  };
  std::vector<delayed> delayed_;
  shard_counters counters_;
  std::minstd_rand random_;
};

} // namespace lastseen
