#include "actors/timing_wheel.hpp"
#include "tests/support/shard_time.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr auto tick = timing_wheel::tick;

// Remembers when it was called.
struct alarm : wheel_entry {
  void on_deadline(local_time now) override {
    rang.push_back(now);
    if (then)
      then();
  }

  std::vector<local_time> rang;
  std::function<void()> then;
};

class TimingWheelTest : public testing::Test {
protected:
  TimingWheelTest() {
    wheel_.advance(now_);
  }

  // Moves the time in small steps.
  void pass(std::chrono::microseconds dt) {
    for (auto end = now_ + dt; now_ < end;) {
      now_ = std::min<local_time>(now_ + 10ms, end);
      wheel_.advance(now_);
    }
  }

  timing_wheel wheel_;
  local_time now_ = start + 17ms;
};

TEST_F(TimingWheelTest, CallsOnceWhenTheDeadlineHasPassed) {
  alarm x;
  wheel_.schedule(x, now_ + 200ms);
  EXPECT_FALSE(wheel_.empty());
  pass(1s);
  ASSERT_EQ(x.rang.size(), 1u);
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(TimingWheelTest, IsNeverEarlyAndAtMostATickLate) {
  std::mt19937 random{5};
  struct timed : alarm {
    local_time deadline;
  };
  std::vector<timed> all(3000);
  for (auto& x : all) {
    // Up to two minutes, more than one turn of the wheel.
    x.deadline = now_ + std::chrono::microseconds{random() % 120'000'000};
    wheel_.schedule(x, x.deadline);
  }
  pass(121s);
  for (auto& x : all) {
    ASSERT_EQ(x.rang.size(), 1u);
    ASSERT_GE(x.rang[0], x.deadline);
    // The time moves in steps of 10 ms.
    ASSERT_LE(x.rang[0], x.deadline + tick + 10ms);
  }
}

TEST_F(TimingWheelTest, TakesTheFirstDeadlinesBeforeAnyTimePassed) {
  timing_wheel fresh;
  alarm x;
  fresh.schedule(x, now_ + 100ms);
  fresh.advance(now_ + 90ms);
  EXPECT_TRUE(x.rang.empty());
  fresh.advance(now_ + 100ms + tick);
  EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, PassedDeadlineIsDueWithTheNextTick) {
  alarm x;
  wheel_.schedule(x, now_ - 1min);
  EXPECT_TRUE(x.rang.empty());
  pass(tick);
  EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, DeadlineMovesToLater) {
  alarm x;
  wheel_.schedule(x, now_ + 100ms);
  pass(50ms);
  wheel_.schedule(x, now_ + 500ms);
  pass(499ms);
  EXPECT_TRUE(x.rang.empty());
  pass(tick + 1ms);
  EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, DeadlineMovesToEarlier) {
  alarm x;
  wheel_.schedule(x, now_ + 30s);
  wheel_.schedule(x, now_ + 100ms);
  pass(100ms + tick);
  EXPECT_EQ(x.rang.size(), 1u);
  pass(31s);
  EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, CancelledEntryIsNotCalled) {
  alarm x;
  wheel_.schedule(x, now_ + 100ms);
  timing_wheel::cancel(x);
  timing_wheel::cancel(x);
  EXPECT_TRUE(wheel_.empty());
  pass(1s);
  EXPECT_TRUE(x.rang.empty());
}

TEST_F(TimingWheelTest, FarDeadlineWaitsForManyTurns) {
  alarm x;
  wheel_.schedule(x, now_ + 1h);
  auto end = now_ + 1h;
  while (now_ < end - 1ms) {
    now_ = std::min<local_time>(now_ + 40ms, end - 1ms);
    wheel_.advance(now_);
  }
  EXPECT_TRUE(x.rang.empty());
  pass(tick + 1ms);
  EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, LongPauseLosesNothing) {
  std::vector<alarm> all(200);
  for (std::size_t i = 0; i < all.size(); ++i)
    wheel_.schedule(all[i], now_ + i * 1s);
  auto before = now_;
  now_ += 100s;
  wheel_.advance(now_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto deadline = before + i * 1s;
    EXPECT_GE(all[i].rang.size(), deadline <= now_ - tick ? 1u : 0u) << i;
    EXPECT_LE(all[i].rang.size(), deadline <= now_ ? 1u : 0u) << i;
  }
  pass(100s);
  for (auto& x : all)
    EXPECT_EQ(x.rang.size(), 1u);
}

TEST_F(TimingWheelTest, EntryMayScheduleItselfAgain) {
  alarm x;
  x.then = [&] { wheel_.schedule(x, x.rang.back() + 1s); };
  wheel_.schedule(x, now_ + 1s);
  pass(10 * (1s + tick)); // each time up to a tick late
  EXPECT_GE(x.rang.size(), 10u);
  EXPECT_LE(x.rang.size(), 11u);
}

TEST_F(TimingWheelTest, EntryThatIsDueAgainAtOnceWaitsForTheNextTick) {
  alarm x;
  x.then = [&] { wheel_.schedule(x, x.rang.back()); };
  wheel_.schedule(x, now_);
  now_ += 10min;
  wheel_.advance(now_);
  EXPECT_EQ(x.rang.size(), 1u);
  now_ += tick;
  wheel_.advance(now_);
  EXPECT_EQ(x.rang.size(), 2u);
}

TEST_F(TimingWheelTest, EntryMayBeDestroyedWhenCalled) {
  auto x = std::make_unique<alarm>();
  auto called = false;
  x->then = [&] {
    called = true;
    auto dying = std::move(x); // its own functions live on until the end
    auto own = std::move(dying->then);
    dying.reset();
    (void)own;
  };
  wheel_.schedule(*x, now_ + 100ms);
  pass(1s);
  EXPECT_TRUE(called);
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(TimingWheelTest, EntryMayDestroyOrCancelOthersThatAreDue) {
  alarm first;
  alarm moved;
  alarm cancelled;
  auto gone = std::make_unique<alarm>();
  first.then = [&] {
    gone.reset();
    timing_wheel::cancel(cancelled);
    wheel_.schedule(moved, now_ + 5s);
  };
  auto due = now_ + 100ms;
  wheel_.schedule(first, due);
  wheel_.schedule(*gone, due);
  wheel_.schedule(cancelled, due);
  wheel_.schedule(moved, due);
  pass(1s);
  EXPECT_EQ(first.rang.size(), 1u);
  EXPECT_TRUE(cancelled.rang.empty());
  EXPECT_TRUE(moved.rang.empty());
  pass(5s);
  EXPECT_EQ(moved.rang.size(), 1u);
}

TEST_F(TimingWheelTest, EntryLeavesWhenDestroyed) {
  {
    alarm x;
    wheel_.schedule(x, now_ + 100ms);
  }
  EXPECT_TRUE(wheel_.empty());
  pass(1s);
}

} // namespace
} // namespace lastseen
