#pragma once

#include "status/clock_estimate.hpp"
#include "status/error.hpp"
#include "status/merge.hpp"
#include "status/store.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lastseen {

/// A call of the server API that waits for a write.
using call_id = std::uint64_t;

/// Something that happened to a user, in local time. Fields that did not
/// happen are absent; an empty `state` clears it.
struct status_event {
  bool active = false;
  bool online = false;
  bool deleted = false;
  std::optional<std::string> state = std::nullopt;
};

struct pending_options {
  std::chrono::milliseconds debounce_interval = std::chrono::seconds{1};
  std::chrono::milliseconds online_interval = std::chrono::seconds{20};
  std::size_t max_batch = 512;
  std::size_t max_pending_users = 1'000'000;
};

/// The updates of one shard that its store has not acknowledged, newest value
/// per user and field, and what is needed to write each user seldom: when it
/// was written last. Pure: no clock, no I/O. Not thread-safe.
///
/// Life of a user's values: *held* while the debounce window is open → *ready*
/// for the next batch → *in flight* → acknowledged, or ready again, or set
/// *aside* while the part of the store that they belong to is away. At most one
/// batch is in flight.
class pending_table {
public:
  explicit pending_table(pending_options options);
  ~pending_table();

  // -- updates in -------------------------------------------------------------

  /// Merges what a user's client did. Held back while the user's debounce
  /// window is open. @returns false, and merges nothing, when the user is new
  /// and `max_pending_users` is reached.
  bool merge_client(std::string_view user, const status_event& event,
                    local_time when, local_time now);

  /// Merges a sign of life; skipped (true) when it would move `online` by less
  /// than `online_interval`.
  bool merge_heartbeat(std::string_view user, local_time when, local_time now);

  /// Calls with a smaller number are not waiting any more.
  void forget_calls_before(call_id oldest) noexcept {
    oldest_call_ = oldest;
  }

  /// Whether `merge_call` may be called for all of these users.
  bool has_room(const user_list& users) const;

  /// Merges what the server API wants; it goes with the next batch and takes
  /// the user's held values along. `call` is given back by `acknowledge` once
  /// per user.
  void merge_call(std::string_view user, const status_event& event,
                  call_id call, local_time when, local_time now);

  // -- batches out ------------------------------------------------------------

  /// Makes users ready whose window has closed and forgets users that were
  /// written long ago.
  void advance(local_time now);

  /// Makes everything ready, whatever the windows say: for the last flush.
  void release_all();

  /// Users that are ready for a batch.
  std::size_t ready() const noexcept {
    return ready_.size();
  }

  /// Whether the users that are ready fill a batch.
  bool full() const noexcept {
    return ready_.size() >= limit_;
  }

  /// When `advance` has something to do next; nothing if never.
  std::optional<local_time> next_advance() const noexcept;

  /// Makes a batch of the users that are ready, oldest first, stamped by
  /// `clock`, and puts it in flight. A user whose state changes for the second
  /// time within a millisecond stays behind, since the two times must differ;
  /// null if there is no other: try again a millisecond later.
  /// REQUIRES: ready() != 0, nothing in flight, clock.known().
  write_batch take(const clock_estimate& clock, local_time now);

  bool in_flight() const noexcept {
    return flight_ != nullptr;
  }

  /// The batch in flight is stored, all that is left of it. @returns the calls
  /// that waited, one entry per user and call.
  std::vector<call_id> acknowledge(local_time now);

  /// Takes users out of the batch in flight, by their ascending positions in
  /// it, and sets them aside until `take_back`. Call before `acknowledge`.
  void set_aside(const std::vector<std::uint32_t>& positions);

  /// Takes users out of the batch in flight and drops what was in it of them.
  /// @returns their calls. Call before `acknowledge`.
  std::vector<call_id> drop(const std::vector<std::uint32_t>& positions,
                            local_time now);

  /// Makes ready again, behind the others, at most so many of those that were
  /// set aside, the oldest first.
  void take_back(std::size_t users);

  /// How many users are set aside.
  std::size_t aside() const noexcept {
    return aside_.size();
  }

  /// Whether the batch in flight has users that were set aside before.
  bool retries() const noexcept;

  /// The outcome of the batch in flight is unknown or it was not stored: its
  /// users are ready again, at the front, with the stamps they have.
  void restore();

  /// The store refuses the batch in flight. If it is a single user, that is
  /// dropped and its name and calls returned; otherwise batches are halved
  /// until the culprit stands alone.
  struct refused {
    std::string user;
    std::vector<call_id> calls;
  };
  std::optional<refused> refuse(local_time now);

  // -- observers --------------------------------------------------------------

  /// Users with values that are not acknowledged.
  std::size_t size() const noexcept {
    return pending_;
  }

  /// When the oldest value that is not acknowledged came; {}: there is none.
  /// What comes while an older one of its user is in flight counts from when
  /// that is acknowledged.
  local_time oldest() const noexcept;

  /// Users it knows anything of, the written ones included.
  std::size_t remembered() const noexcept {
    return entries_.size();
  }

  /// Whether something is pending for `user`.
  bool has(std::string_view user) const;

  /// Merges what is pending for `user` over what the store has, by the
  /// store's own rule. REQUIRES: clock.known().
  void overlay(std::string_view user, record& stored,
               const clock_estimate& clock, local_time now,
               const retention& keep) const;

private:
  // Unsaved values leave the list with their end.
  struct by_age
    : boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    local_time since;
  };
  struct unsaved;
  struct entry {
    /// What is not acknowledged; null when everything is.
    std::unique_ptr<unsaved> values;
    /// When the last batch with this user was made; 0: never.
    local_time written;
    /// The newest `online` that was merged; 0: unknown, as after a delete.
    local_time online;
    /// The last stamp given to a change of state.
    stamp changed = 0;
    /// How many items of `memory_` lead here.
    std::uint32_t remembered = 0;

    entry();
    ~entry();
  };
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };
  using map = std::unordered_map<std::string, entry, hash, std::equal_to<>>;
  using node = map::value_type;
  struct flight;

  node& touch(std::string_view user);
  void merge(node& x, const status_event& event, local_time when,
             local_time now);
  void schedule(node& x, local_time now);
  void settle(node& x, local_time now);
  void forget(node& x);
  void add_call(std::vector<call_id>& calls, call_id call) const;
  std::chrono::milliseconds memory() const noexcept;
  bool window_closed(const entry& x, local_time now) const;
  static record stamp_fresh(const entry& x, const clock_estimate& clock);
  void put_in_flight(node& x, record&& stamped, local_time now);
  std::vector<node*> take_out(const std::vector<std::uint32_t>& positions);

  pending_options options_;
  // All that is unsaved, oldest first; before `entries_`, which it outlives.
  boost::intrusive::list<by_age, boost::intrusive::constant_time_size<false>>
    ages_;
  map entries_;
  std::size_t pending_ = 0;
  std::size_t held_ = 0; // of them, waiting for their window to close
  // At most this many users a batch; less than max_batch after a refusal.
  std::size_t limit_;
  call_id oldest_call_ = 0;
  std::deque<node*> ready_;
  std::deque<node*> aside_;
  // One item per write, in the order of time: when the window of that write
  // closes, and when it is forgotten. Both intervals are constant, so queues
  // do.
  struct written {
    local_time at;
    node* what;
  };
  std::deque<written> windows_;
  std::deque<written> memory_;
  std::unique_ptr<flight> flight_;
};

} // namespace lastseen
