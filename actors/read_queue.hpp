#pragma once

#include "actors/messages.hpp"
#include "actors/trip_index.hpp"
#include "status/store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace lastseen {

/// The reads of one shard: calls that wait are merged into few round trips to
/// the store, the same user once. Pure; not thread-safe.
class read_queue {
public:
  /// A trip reads at most so many users, so that no command blocks Redis long.
  static constexpr std::size_t max_trip_users = trip_index::max_users;
  static constexpr std::size_t max_trips_in_flight = 4;
  /// Users waiting to be put into a trip.
  static constexpr std::size_t max_waiting_users = 100'000;

  explicit read_queue(std::size_t shard);
  ~read_queue();

  /// Takes a call in. @returns false, and does nothing, when too many users
  /// wait already.
  bool add(read_call&& from, local_time now);

  /// A round trip to be made: its number and whom to read.
  struct trip {
    std::uint64_t number;
    const user_list* users; // valid until the trip is finished or failed
  };

  /// The next trip, if some wait and not too many are under way. One that is
  /// not full starts only when none is.
  std::optional<trip> start();

  /// Called for each user of a trip, to put pending values over the i-th
  /// record.
  using overlay = std::function<void(std::string_view user,
                                     stored_records& stored, std::size_t i)>;

  /// The store answered: @returns the calls that are complete now. An unknown
  /// number (of before a restart) is ignored.
  read_answers finish(std::uint64_t number, read_report report,
                      const overlay& put_over);

  /// The trip came to nothing and will be started again.
  void retry(std::uint64_t number);

  /// Makes all trips under way start again.
  void retry_all();

  /// The trip came to nothing: fails the calls with users in it.
  read_answers fail(std::uint64_t number, const error& why);

  /// Fails everything.
  read_answers fail_all(const error& why);

  /// Fails the calls taken in before `t`: nobody waits for them any more.
  read_answers fail_before(local_time t, const error& why);

  /// When the oldest unanswered call came; nothing if there is none.
  std::optional<local_time> oldest() const noexcept;

  std::size_t waiting_users() const noexcept {
    return waiting_users_;
  }

private:
  struct call;
  struct journey;
  using call_ptr = std::shared_ptr<call>;

  std::unique_ptr<journey> fill_trip();
  std::unique_ptr<journey> take_trip(std::uint64_t number);
  void fail_call(call& x, const error& why, read_answers& out);
  void drop_answered();

  std::size_t shard_;
  std::uint64_t last_number_ = 0;
  std::size_t waiting_users_ = 0;
  std::deque<call_ptr> calls_;   // in order of arrival, until answered
  std::deque<call_ptr> waiting_; // those with users not yet in a trip
  std::vector<std::unique_ptr<journey>> under_way_;
  std::deque<std::unique_ptr<journey>> again_;
  trip_index index_; // of the trip that is being filled
};

} // namespace lastseen
