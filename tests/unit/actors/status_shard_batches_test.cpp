#include "tests/support/print_record.hpp"
#include "tests/support/shard_fixture.hpp"

#include <algorithm>
#include <set>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ShardBatchesTest : public test::shard_fixture {};

// -- group commit -------------------------------------------------------------

TEST_F(ShardBatchesTest, FirstUpdateGoesAtOnceAndLaterOnesGather) {
  up(0);
  act("a", 10);
  EXPECT_THAT(batch(10), ElementsAre("a"));
  act("b", 11);
  act("c", 12);
  EXPECT_THAT(batch(12), IsEmpty());
  written(20);
  EXPECT_THAT(batch(20), ElementsAre("b", "c"));
  EXPECT_EQ(aut_.counters().batches, 1u);
  EXPECT_EQ(aut_.counters().written, 1u);
  written(21);
  EXPECT_EQ(aut_.counters().written, 3u);
}

TEST_F(ShardBatchesTest, BatchesStartAFlushIntervalApart) {
  up(0);
  act("a", 10);
  batch(10);
  written(11);
  act("b", 12);
  EXPECT_THAT(batch(14), IsEmpty());
  EXPECT_EQ(aut_.next_wake(at(14)), at(15));
  EXPECT_THAT(batch(15), ElementsAre("b"));
}

TEST_F(ShardBatchesTest, FullBatchDoesNotWait) {
  up(0);
  act("a", 10);
  batch(10);
  for (const auto* user : {"b", "c", "d", "e", "f"})
    act(user, 10);
  written(11);
  EXPECT_THAT(batch(11), ElementsAre("b", "c", "d", "e"));
  written(12);
  EXPECT_THAT(batch(12), IsEmpty());
}

TEST_F(ShardBatchesTest, ActivityMovesActiveAndOnline) {
  up(0);
  aut_.on_activity({0, "a", at(3), "dnd"}, at(10));
  batch(10);
  auto t = stamp_at(at(3));
  EXPECT_EQ(batch_->at(0).update, (record{t, t, 0, t, "dnd"}));
}

TEST_F(ShardBatchesTest, HeartbeatOfAnEdgeIsWrittenWithinTheOnlineInterval) {
  up(0);
  auto beat = [&](int t, bool edge) {
    aut_.on_heartbeat({"a", at(t), edge}, at(t));
    return aut_.pending_users();
  };
  EXPECT_EQ(beat(10, true), 1u);
  batch(10);
  written(11);
  EXPECT_EQ(beat(1000, false), 0u);
  EXPECT_EQ(beat(1001, true), 1u);
}

// -- the link -----------------------------------------------------------------

TEST_F(ShardBatchesTest, NothingIsWrittenBeforeTheLinkIsUp) {
  act("a", 10);
  EXPECT_THAT(batch(10), IsEmpty());
  up(500);
  EXPECT_THAT(batch(500), ElementsAre("a"));
}

TEST_F(ShardBatchesTest, NothingIsWrittenWhileTheLinkIsDown) {
  up(0);
  act("a", 10);
  batch(10);
  write_failed(20);
  down(20);
  EXPECT_FALSE(aut_.up());
  EXPECT_THAT(batch(60'000), IsEmpty());
  EXPECT_EQ(aut_.pending_users(), 1u);
  up(60'001);
  EXPECT_THAT(batch(60'001), ElementsAre("a"));
  // The event is as old as it is.
  EXPECT_EQ(batch_->at(0).update.active, stamp_at(at(10)));
}

// -- failures -----------------------------------------------------------------

TEST_F(ShardBatchesTest, WaitsLongerAfterEachFailure) {
  up(0);
  act("a", 10);
  auto now = 10;
  auto longest = 20;
  for (auto i = 0; i < 12; ++i) {
    ASSERT_THAT(batch(now), ElementsAre("a")) << i;
    write_failed(now);
    EXPECT_THAT(batch(now + longest / 2 - 1), IsEmpty());
    auto wake = aut_.next_wake(at(now));
    ASSERT_TRUE(wake);
    EXPECT_GE(*wake, at(now + longest / 2));
    EXPECT_LE(*wake, at(now + longest));
    now += longest;
    longest = std::min(longest * 2, 500);
  }
  EXPECT_EQ(causes(aut_.counters().write_errors), "unavailable 12");
}

TEST_F(ShardBatchesTest, WaitsAreNotAllTheSame) {
  up(0);
  act("a", 10);
  std::set<local_time::duration> waits;
  for (auto i = 0; i < 30; ++i) {
    auto now = 1000 * (i + 1);
    ASSERT_THAT(batch(now), ElementsAre("a"));
    write_failed(now);
    waits.insert(*aut_.next_wake(at(now)) - at(now));
  }
  EXPECT_GT(waits.size(), 10u);
}

TEST_F(ShardBatchesTest, SuccessResetsTheWait) {
  up(0);
  act("a", 10);
  for (auto i = 0; i < 8; ++i) {
    batch(1000 * i + 10);
    write_failed(1000 * i + 10);
  }
  batch(9000);
  written(9000);
  act("b", 9010);
  batch(9010);
  write_failed(9010);
  EXPECT_THAT(batch(9030), ElementsAre("b"));
}

TEST_F(ShardBatchesTest, NewLinkResetsTheWait) {
  up(0);
  act("a", 10);
  for (auto i = 0; i < 8; ++i) {
    batch(1000 * i + 10);
    write_failed(1000 * i + 10);
  }
  down(7020);
  up(7021);
  EXPECT_THAT(batch(7021), ElementsAre("a"));
  write_failed(7022);
  EXPECT_THAT(batch(7042), ElementsAre("a"));
}

TEST_F(ShardBatchesTest, RefusedUserIsDroppedAndItsCallToldWhy) {
  up(0);
  update(1, {"a", "b"}, 10);
  update(2, {"c"}, 10);
  auto t = 10;
  names stored;
  while (aut_.pending_users() != 0) {
    ASSERT_LT(t, 100);
    auto users = batch(++t);
    if (users.empty())
      continue;
    if (std::count(users.begin(), users.end(), "b") != 0) {
      write_failed(t, ec::rejected);
    } else {
      written(t);
      stored.insert(stored.end(), users.begin(), users.end());
    }
  }
  EXPECT_THAT(stored, testing::UnorderedElementsAre("a", "c"));
  EXPECT_EQ(aut_.counters().rejected, 1u);
  auto answers = writes(t);
  ASSERT_THAT(answers, SizeIs(2));
  std::sort(answers.begin(), answers.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  ASSERT_TRUE(answers[0].failure);
  EXPECT_EQ(answers[0].failure->code, ec::rejected);
  EXPECT_FALSE(answers[1].failure);
}

// -- restart and end ----------------------------------------------------------

TEST_F(ShardBatchesTest, NewActorWritesWhatWasInFlightAgain) {
  up(0);
  update(1, {"a"}, 10);
  batch(10);
  auto lost = number_;
  aut_.on_restart(at(20));
  EXPECT_THAT(batch(20), ElementsAre("a"));
  auto current = std::exchange(number_, lost);
  written(21);
  EXPECT_THAT(writes(21), IsEmpty());
  EXPECT_EQ(aut_.pending_users(), 1u);
  number_ = current;
  written(22);
  EXPECT_THAT(writes(22), SizeIs(1));
  EXPECT_EQ(aut_.pending_users(), 0u);
}

TEST_F(ShardBatchesTest, LateAnswerBeforeTheNextBatchIsIgnored) {
  up(0);
  act("a", 10);
  batch(10);
  aut_.on_restart(at(20));
  written(20);
  write_failed(20);
  EXPECT_EQ(aut_.pending_users(), 1u);
  EXPECT_THAT(batch(20), ElementsAre("a"));
}

TEST_F(ShardBatchesTest, DrainIgnoresTheWindowsAndTheFlushInterval) {
  up(0);
  act("a", 10);
  batch(10);
  written(11);
  act("a", 12);
  EXPECT_THAT(batch(30), IsEmpty());
  act("b", 31);
  batch(31);
  written(32);
  aut_.drain();
  EXPECT_THAT(batch(32), ElementsAre("a"));
  act("b", 33); // the last sign of life of a connection
  written(33);
  EXPECT_THAT(batch(33), ElementsAre("b"));
  written(34);
  EXPECT_EQ(aut_.pending_users(), 0u);
}

TEST_F(ShardBatchesTest, DrainIgnoresTheBackoffOnce) {
  up(0);
  act("a", 10);
  for (auto t : {10, 1000, 2000, 3000, 4000, 5000}) {
    batch(t);
    write_failed(t);
  }
  EXPECT_THAT(batch(5001), IsEmpty());
  aut_.drain();
  EXPECT_THAT(batch(5001), ElementsAre("a"));
  write_failed(5002);
  EXPECT_THAT(batch(5003), IsEmpty());
}

} // namespace
} // namespace lastseen
