#include "actors/status_shard.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto busy_time = 30s;
constexpr auto max_delay = 40ms; // of anything on its way

shard_options make_options() {
  shard_options out;
  out.pending = {.debounce_interval = 200ms,
                 .online_interval = 2s,
                 .max_batch = 8,
                 .max_pending_users = 1000};
  out.timeout = 1s;
  return out;
}

/// A shard and its store for a while of random events and failures. The shard
/// works when something happens and when it asked to be woken, never else. The
/// store works in order, as one connection does.
class simulation {
public:
  explicit simulation(unsigned seed) : random_(seed) {}

  void run() {
    set_link(true);
    something();
    // One window, one backoff and the ways to the store and back.
    auto end = start + busy_time + 1s;
    while (now_ < end && !testing::Test::HasFailure())
      step(end);
    EXPECT_EQ(shard_.pending_users(), 0u);
    EXPECT_TRUE(calls_.empty());
    for (const auto& [user, newest] : newest_)
      expect_at_least(records_[user], newest);
  }

private:
  struct call {
    local_time since;
    std::vector<std::string> users;
    std::vector<stamp> newest; // of its users when it was made
    bool removes = false;
  };

  // Something that the store is asked and answers later.
  struct trip {
    std::function<void()> apply;
    std::function<void(bool)> answer;
    bool done = false;
  };

  bool chance(unsigned percent) {
    return random_() % 100 < percent;
  }

  // -- time -------------------------------------------------------------------

  void at(local_time t, std::function<void()> what) {
    events_.emplace(t, std::move(what));
  }

  void step(local_time end) {
    auto wake = shard_.next_wake(now_);
    auto next = end;
    if (!events_.empty())
      next = std::min(next, events_.begin()->first);
    if (wake)
      next = std::min(next, *wake);
    idle_turns_ = next <= now_ && events_.empty() ? idle_turns_ + 1 : 0;
    ASSERT_LT(idle_turns_, 3) << "wakes for nothing";
    now_ = std::max(now_, next);
    if (!events_.empty() && events_.begin()->first <= now_) {
      auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    work();
  }

  // -- the world --------------------------------------------------------------

  std::string any_user() {
    return "u" + std::to_string(random_() % 30);
  }

  void something() {
    if (now_ >= start + busy_time) { // all is well from here on
      failing_ = false;
      return set_link(true);
    }
    at(now_ + std::chrono::microseconds{random_() % 8000},
       [this] { something(); });
    switch (random_() % 40) {
      case 0:
        return set_link(!shard_.up());
      case 1:
        failing_ = chance(20);
        return;
      case 2:
        if (chance(20))
          shard_.on_restart(now_);
        return;
      case 3:
      case 4:
      case 5:
        return read();
      case 6:
      case 7:
      case 8:
        return write();
      case 9:
        set_link(true);
        failing_ = false;
        return;
    }
    auto user = any_user();
    if (chance(30))
      return shard_.on_heartbeat({user, now_, chance(20)}, now_);
    if (shard_.on_activity({0, user, now_, std::nullopt}, now_))
      newest_[user] = stamp_at(now_);
  }

  void read() {
    user_list users;
    auto& x = calls_[++last_call_];
    x.since = now_;
    for (auto n = random_() % 20 + 1; n > 0; --n) {
      x.users.push_back(any_user());
      x.newest.push_back(newest_[x.users.back()]);
      users.add(x.users.back());
    }
    shard_.on_read({last_call_, std::move(users)}, now_);
  }

  void write() {
    user_list users;
    auto& x = calls_[++last_call_];
    x.since = now_;
    x.removes = chance(20);
    for (auto n = random_() % 20 + 1; n > 0; --n) {
      // Users of their own, so that deletes do not hide lost updates.
      x.users.push_back((x.removes ? "d" : "") + any_user());
      users.add(x.users.back());
      if (!x.removes)
        newest_[x.users.back()] = stamp_at(now_);
    }
    status_event event;
    (x.removes ? event.deleted : event.active) = true;
    shard_.on_write({last_call_, std::move(users), event, now_}, now_);
  }

  void set_link(bool up) {
    if (up == shard_.up())
      return;
    if (!up)
      for (auto& x : under_way_)
        finish(*x, chance(50), false);
    under_way_.clear();
    shard_.on_link({up, look_at_shard(now_), {ec::unavailable, "link"}}, now_);
  }

  // -- the store --------------------------------------------------------------

  void finish(trip& x, bool applied, bool answered) {
    if (std::exchange(x.done, true))
      return;
    if (applied)
      x.apply();
    x.answer(answered);
  }

  /// Whom a store on several servers could not serve.
  std::vector<std::uint32_t> some_of(std::size_t users) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; failing_ && i < users; ++i)
      if (chance(30))
        out.push_back(i);
    return out;
  }

  void send(std::function<void()> apply, std::function<void(bool)> answer) {
    EXPECT_TRUE(shard_.up());
    auto x = std::make_shared<trip>();
    x->apply = std::move(apply);
    x->answer = std::move(answer);
    under_way_.push_back(x);
    free_at_ = std::max(free_at_, now_ + milliseconds{random_() % 20});
    at(free_at_, [this, x] {
      auto fails = failing_ && chance(70);
      finish(*x, !fails || chance(50), !fails);
      std::erase(under_way_, x);
    });
  }

  void work() {
    while (auto batch = shard_.next_batch(now_)) {
      auto sent = now_;
      send(
        [this, users = batch->users] {
          for (const auto& x : *users)
            join(records_[x.user], x.update);
        },
        [this, sent, number = batch->number, users = batch->users](bool good) {
          result<write_report> out = error{ec::unavailable, "write"};
          if (good) {
            write_report report;
            report.clock = look_at_shard(now_, now_ - sent);
            report.failed = some_of(users->size());
            report.cause = {ec::unavailable, "node"};
            out = std::move(report);
          }
          shard_.on_written({number, std::move(out)}, now_);
        });
    }
    while (auto next = shard_.next_trip(now_)) {
      auto found = std::make_shared<std::vector<record>>();
      send(
        [this, found, users = *next->users] {
          for (std::size_t i = 0; i < users.size(); ++i)
            found->push_back(records_[std::string{users[i]}]);
        },
        [this, found, number = next->number](bool good) {
          result<read_report> out = error{ec::unavailable, "read"};
          if (good) {
            read_report report;
            report.records = std::move(*found);
            out = std::move(report);
          }
          shard_.on_store_read({number, std::move(out)}, now_);
        });
    }
    for (auto& x : shard_.take_read_answers()) {
      auto asked = answered(x.id);
      if (!x.records)
        continue;
      ASSERT_EQ(x.records->size(), asked.users.size());
      for (std::size_t i = 0; i < asked.users.size(); ++i)
        expect_at_least((*x.records)[i], asked.newest[i]);
    }
    for (auto& x : shard_.take_write_answers(now_)) {
      auto asked = answered(x.id);
      if (x.failure || asked.removes)
        continue;
      for (const auto& user : asked.users)
        expect_at_least(records_[user], stamp_at(asked.since));
    }
  }

  // -- what must hold ---------------------------------------------------------

  call answered(call_id id) {
    auto known = calls_.extract(id);
    if (!known) {
      ADD_FAILURE() << "answered twice";
      return {};
    }
    EXPECT_LE(now_ - known.mapped().since, 1s);
    return std::move(known.mapped());
  }

  // Stamps are lower bounds, off by a delay.
  static void expect_at_least(const record& x, stamp newest) {
    EXPECT_GE(x.active, newest - max_delay / 1ms);
  }

  std::mt19937 random_;
  local_time now_ = start;
  local_time free_at_ = start;
  status_shard shard_{0, "simulated", make_options(), start};
  std::multimap<local_time, std::function<void()>> events_;
  std::map<std::string, record> records_;
  std::map<std::string, stamp> newest_; // accepted activity per user
  std::map<call_id, call> calls_;       // not answered
  std::vector<std::shared_ptr<trip>> under_way_;
  call_id last_call_ = 0;
  int idle_turns_ = 0;
  bool failing_ = false;
};

TEST(StatusShardSimulation, LosesNothingAndAnswersEachCallOnceAndInTime) {
  for (unsigned seed = 0; seed < 6 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    simulation{seed}.run();
  }
}

} // namespace
} // namespace lastseen
