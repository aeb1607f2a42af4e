#pragma once

#include "actors/status_shard.hpp"
#include "tests/support/shard_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lastseen::test {

/// A shard that is told by hand what happens; times are milliseconds since the
/// start. Batches hold 4 users; windows are long enough not to end by chance.
class shard_fixture : public testing::Test {
protected:
  using names = std::vector<std::string>;

  static shard_options make_options() {
    shard_options out;
    out.pending = {.debounce_interval = std::chrono::hours{1},
                   .online_interval = std::chrono::hours{1},
                   .max_batch = 4,
                   .max_pending_users = 20};
    return out;
  }

  static local_time at(int t) {
    return start + std::chrono::milliseconds{t};
  }

  static user_list users_of(std::initializer_list<const char*> list) {
    user_list out;
    for (const auto* user : list)
      out.add(user);
    return out;
  }

  // -- what happens -----------------------------------------------------------

  void up(int t, std::chrono::microseconds round_trip = {}) {
    aut_.on_link({true, look_at_shard(at(t), round_trip), {}}, at(t));
  }

  void down(int t, const char* why = "redis: gone") {
    aut_.on_link({false, {}, {ec::unavailable, why}}, at(t));
  }

  bool act(const char* user, int t) {
    return aut_.on_activity({0, user, at(t), {}}, at(t));
  }

  void update(call_id id, std::initializer_list<const char*> users, int t) {
    aut_.on_write({id, users_of(users), {.active = true}, at(t)}, at(t));
  }

  void remove(call_id id, std::initializer_list<const char*> users, int t) {
    aut_.on_write({id, users_of(users), {.deleted = true}, at(t)}, at(t));
  }

  void read(call_id id, std::initializer_list<const char*> users, int t) {
    aut_.on_read({id, users_of(users)}, at(t));
  }

  void written(int t, std::chrono::microseconds round_trip = {}) {
    write_report report;
    report.clock = look_at_shard(at(t), round_trip);
    aut_.on_written({number_, report}, at(t));
  }

  void write_failed(int t, ec code = ec::unavailable) {
    aut_.on_written({number_, error{code, "redis: EVALSHA: injected"}}, at(t));
  }

  void has_read(std::uint64_t number, std::vector<record> records, int t) {
    read_report report;
    report.records = std::move(records);
    aut_.on_store_read({number, std::move(report)}, at(t));
  }

  void read_failed(std::uint64_t number, int t, ec code = ec::unavailable) {
    aut_.on_store_read({number, error{code, "redis: MGET: injected"}}, at(t));
  }

  /// `unavailable 12`, or empty.
  static std::string causes(const cause_counters& x) {
    std::string out;
    x.each([&](std::string_view cause, std::uint64_t n) {
      out += (out.empty() ? "" : ", ") + std::string{cause} + " "
             + std::to_string(n);
    });
    return out;
  }

  // -- what it does -----------------------------------------------------------

  /// The users of the batch that is to be written at `t`, if any.
  names batch(int t) {
    names out;
    auto next = aut_.next_batch(at(t));
    if (!next)
      return out;
    number_ = next->number;
    batch_ = next->users;
    for (const auto& x : *batch_)
      out.push_back(x.user);
    return out;
  }

  /// The number of the trip to be made at `t`; 0: none.
  std::uint64_t trip(int t) {
    auto next = aut_.next_trip(at(t));
    return next ? next->number : 0;
  }

  read_answers reads(int t) {
    trip(t); // which finds what is late
    return aut_.take_read_answers();
  }

  std::vector<write_answer> writes(int t) {
    aut_.next_trip(at(t));
    return aut_.take_write_answers(at(t));
  }

  status_shard aut_{5, "redis 10.0.0.5:6379", make_options(), start};
  std::uint64_t number_ = 0;
  write_batch batch_;
};

} // namespace lastseen::test
