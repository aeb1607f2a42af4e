#include "status/clock_estimate.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

// Local times and samples in microseconds.
local_time at(std::int64_t us) {
  return local_time{boot_clock::duration{us}};
}

clock_sample sample(std::int64_t server, std::int64_t sent,
                    std::int64_t received) {
  return clock_sample{server, at(sent), at(received)};
}

TEST(ClockEstimate, KnowsNothingAtFirst) {
  EXPECT_FALSE(clock_estimate{}.known());
}

TEST(ClockEstimate, OneSampleGivesBothBounds) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'004'000));
  ASSERT_TRUE(x.known());
  EXPECT_EQ(x.earliest(at(1'004'000)), 50'000);
  EXPECT_EQ(x.earliest(at(1'014'000)), 50'010);
  // The reading was rounded down to a microsecond.
  EXPECT_EQ(x.latest(at(1'000'000)), 50'001);
  EXPECT_EQ(x.latest(at(1'009'999)), 50'010);
}

TEST(ClockEstimate, WorksForTimesBeforeTheSample) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'004'000));
  EXPECT_EQ(x.earliest(at(504'000)), 49'500);
  EXPECT_EQ(x.latest(at(499'999)), 49'500);
}

TEST(ClockEstimate, RoundsEarliestDownAndLatestUp) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'000'000));
  EXPECT_EQ(x.earliest(at(1'000'999)), 50'000);
  EXPECT_EQ(x.earliest(at(1'001'000)), 50'001);
  EXPECT_EQ(x.latest(at(999'999)), 50'000);
  EXPECT_EQ(x.latest(at(1'000'000)), 50'001);
  EXPECT_EQ(x.latest(at(1'000'999)), 50'001);
  EXPECT_EQ(x.latest(at(1'001'000)), 50'002);
}

TEST(ClockEstimate, TakesTheTightestOfBothBounds) {
  clock_estimate x;
  // The answer came at once, the request was slow: a good lower bound.
  x.add(sample(50'100'000, 1'000'000, 1'100'000));
  // The other way round: a good upper bound.
  x.add(sample(51'000'000, 2'000'000, 2'500'000));
  EXPECT_EQ(x.earliest(at(3'000'000)), 52'000);
  EXPECT_EQ(x.latest(at(2'999'999)), 52'000);
  // One that says nothing new.
  x.add(sample(53'000'000, 3'500'000, 4'500'000));
  EXPECT_EQ(x.earliest(at(3'000'000)), 52'000);
  EXPECT_EQ(x.latest(at(2'999'999)), 52'000);
}

TEST(ClockEstimate, ForgetsAllButTheLastSixteen) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'000'000));
  for (auto i = 0; i < 15; ++i)
    x.add(sample(50'500'000, 1'000'000, 2'000'000));
  EXPECT_EQ(x.earliest(at(2'000'000)), 51'000);
  x.add(sample(50'500'000, 1'000'000, 2'000'000));
  EXPECT_EQ(x.earliest(at(2'000'000)), 50'500);
  EXPECT_EQ(x.latest(at(999'999)), 50'500);
}

TEST(ClockEstimate, StartsAnewWhenTheClockWentBack) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'001'000));
  x.add(sample(20'000'000, 2'000'000, 2'001'000));
  EXPECT_EQ(x.earliest(at(2'001'000)), 20'000);
  EXPECT_EQ(x.latest(at(1'999'999)), 20'000);
}

TEST(ClockEstimate, StartsAnewWhenTheClockWentForward) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'001'000));
  x.add(sample(90'000'000, 2'000'000, 2'001'000));
  EXPECT_EQ(x.earliest(at(2'001'000)), 90'000);
  EXPECT_EQ(x.latest(at(1'999'999)), 90'000);
}

TEST(ClockEstimate, GoesOnCountingAfterTheClockWasStepped) {
  clock_estimate x;
  for (auto i = 0; i < 20; ++i)
    x.add(sample(50'000'000, 1'000'000, 1'000'000));
  x.add(sample(20'500'000, 1'000'000, 2'000'000));
  x.add(sample(21'000'000, 2'000'000, 2'000'000));
  // Both of the samples since count, none from before.
  EXPECT_EQ(x.earliest(at(2'000'000)), 21'000);
  EXPECT_EQ(x.latest(at(1'999'999)), 21'000);
}

TEST(ClockEstimate, SlowSamplesDoNotContradict) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'000'000));
  x.add(sample(51'000'000, 1'500'000, 9'000'000));
  EXPECT_EQ(x.earliest(at(2'000'000)), 51'000);
}

TEST(ClockEstimate, ResetForgets) {
  clock_estimate x;
  x.add(sample(50'000'000, 1'000'000, 1'001'000));
  x.reset();
  EXPECT_FALSE(x.known());
  x.add(sample(50'400'000, 1'000'000, 2'000'000));
  EXPECT_EQ(x.earliest(at(2'000'000)), 50'400);
}

TEST(ClockEstimate, EarliestIsNeverAheadNorLatestBehind) {
  // A server whose clock is `offset` ahead; uneven round trips.
  constexpr std::int64_t offset = 1'700'000'000'123'457;
  clock_estimate x;
  std::int64_t t = 5'000'000;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    auto there = 50 + i * 7919 % 3'001;
    auto back = 40 + i * 104'729 % 2'003;
    x.add(sample(t + there + offset, t, t + there + back));
    t += there + back + i * 31 % 1'009;
    ASSERT_LE(x.earliest(at(t)) * 1000, t + offset);
    ASSERT_GE(x.latest(at(t)) * 1000, t + offset);
    ASSERT_LE(x.latest(at(t)) - x.earliest(at(t)), 8);
  }
}

TEST(BootClock, DoesNotGoBack) {
  auto last = boot_clock::now();
  for (auto i = 0; i < 1'000; ++i) {
    auto next = boot_clock::now();
    ASSERT_GE(next, last);
    last = next;
  }
}

} // namespace
} // namespace lastseen
