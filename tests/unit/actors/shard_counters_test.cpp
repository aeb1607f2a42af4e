#include "tests/support/print_record.hpp"
#include "tests/support/shard_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class ShardCountersTest : public test::shard_fixture {
protected:
  static std::uint64_t observed(const latency_histogram& x) {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i <= x.bounds().size(); ++i)
      n += x.count(i);
    return n;
  }
};

TEST_F(ShardCountersTest, UpdatesInAndUsersOutTellHowMuchIsCollapsed) {
  up(0);
  act("a", 10);
  EXPECT_THAT(batch(10), ElementsAre("a"));
  for (int t = 11; t < 20; ++t)
    act("b", t);
  written(20);
  EXPECT_THAT(batch(30), ElementsAre("b"));
  EXPECT_EQ(aut_.counters().updates, 10u);
  EXPECT_EQ(aut_.counters().written, 1u); // the second batch is under way
  written(31);
  EXPECT_EQ(aut_.counters().written, 2u);
  EXPECT_EQ(aut_.counters().batch_users.count(0), 2u);
}

TEST_F(ShardCountersTest, ABatchThatFailedCountsWhenItIsWritten) {
  up(0);
  act("a", 10);
  batch(10);
  write_failed(11);
  EXPECT_EQ(aut_.counters().written, 0u);
  batch(1000);
  written(1001);
  EXPECT_EQ(aut_.counters().written, 1u);
}

TEST_F(ShardCountersTest, LatencyRunsFromTheQuestionToTheAnswer) {
  up(0);
  act("a", 10);
  batch(10);
  write_report report;
  report.clock = look_at_shard(at(17), {});
  aut_.on_written({number_, report, at(10)}, at(17));
  read(1, {"a"}, 20);
  aut_.on_store_read({trip(20), error{ec::unavailable, "x"}, at(20)}, at(23));
  EXPECT_EQ(aut_.counters().write_latency.sum(), 7000u);
  EXPECT_EQ(aut_.counters().read_latency.sum(), 3000u);
  EXPECT_EQ(observed(aut_.counters().write_latency), 1u);
  EXPECT_EQ(observed(aut_.counters().read_latency), 1u);
}

TEST_F(ShardCountersTest, ALinkThatComesBackIsAReconnectTheFirstOneIsNot) {
  down(0); // an attempt that failed
  up(1);
  EXPECT_EQ(aut_.counters().reconnects, 0u);
  down(2);
  down(3);
  up(4);
  EXPECT_EQ(aut_.counters().reconnects, 1u);
  EXPECT_EQ(causes(aut_.counters().link_errors), "unavailable 3");
}

TEST_F(ShardCountersTest, FailuresAreToldApartByCause) {
  up(0);
  act("a", 10);
  auto t = 10;
  for (auto cause : {"timeout", "LOADING", "timeout"}) {
    ASSERT_THAT(batch(t), ElementsAre("a"));
    aut_.on_written({number_, error{ec::unavailable, "x", cause}}, at(t));
    t += 1000;
  }
  EXPECT_EQ(causes(aut_.counters().write_errors), "timeout 2, LOADING 1");
  EXPECT_EQ(causes(aut_.counters().read_errors), "");
}

TEST_F(ShardCountersTest, CausesAreBounded) {
  std::vector<std::string> all;
  all.reserve(100);
  for (int i = 0; i < 100; ++i)
    all.push_back("cause" + std::to_string(i));
  cause_counters aut;
  for (const auto& name : all)
    aut.add({ec::unavailable, "x", name});
  std::size_t n = 0;
  std::uint64_t sum = 0;
  aut.each([&](std::string_view cause, std::uint64_t times) {
    ++n;
    sum += times;
    EXPECT_EQ(cause == "other", n == 32);
  });
  EXPECT_EQ(n, 32u);
  EXPECT_EQ(sum, 100u);
}

TEST_F(ShardCountersTest, TheOldestPendingUpdateIsSinceWhenItWaits) {
  EXPECT_EQ(aut_.oldest_pending(), 0);
  up(0);
  auto micros = [](int t) { return at(t).time_since_epoch().count(); };
  act("a", 10);
  act("b", 12);
  act("a", 14);
  EXPECT_EQ(aut_.oldest_pending(), micros(10));
  batch(14);
  act("b", 15); // while the one before is in flight
  written(20);
  EXPECT_EQ(aut_.oldest_pending(), micros(20));
  aut_.drain();
  batch(30);
  write_failed(31);
  EXPECT_EQ(aut_.oldest_pending(), micros(20));
  aut_.drain();
  EXPECT_THAT(batch(32), ElementsAre("b"));
  written(33);
  EXPECT_EQ(aut_.oldest_pending(), 0);
}

TEST_F(ShardCountersTest, TheClockOffsetIsKnownWhileTheLinkIsUp) {
  EXPECT_EQ(aut_.clock_offset(), 0);
  auto sample = look_at_shard(at(5), 2ms);
  aut_.on_link({true, sample, {}}, at(5));
  auto middle = sample.sent + (sample.received - sample.sent) / 2;
  EXPECT_NEAR(
    static_cast<double>(aut_.clock_offset()),
    static_cast<double>(sample.server - middle.time_since_epoch().count()),
    1.0);
  down(6);
  EXPECT_EQ(aut_.clock_offset(), 0);
}

} // namespace
} // namespace lastseen
