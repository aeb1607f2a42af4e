#include "actors/pending_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class PendingBatchesTest : public testing::Test {
protected:
  PendingBatchesTest() {
    clock_.add(look_at_shard(start));
  }

  static local_time at(int t) {
    return start + std::chrono::milliseconds{t};
  }

  void online(const std::string& user, int t) {
    table_.merge_client(user, {.online = true}, at(t), at(t));
  }

  void call(const std::string& user, call_id id, int t) {
    table_.merge_call(user, {.active = true}, id, at(t), at(t));
  }

  std::vector<std::string> take(int t) {
    table_.advance(at(t));
    batch_ = table_.take(clock_, at(t));
    std::vector<std::string> out;
    for (const auto& x : *batch_)
      out.push_back(x.user);
    return out;
  }

  const record& update(std::size_t i = 0) const {
    return (*batch_)[i].update;
  }

  pending_table table_{{.debounce_interval = 1s,
                        .online_interval = 20s,
                        .max_batch = 4,
                        .max_pending_users = 1000}};
  clock_estimate clock_;
  write_batch batch_;
};

// -- taking and acknowledging -------------------------------------------------

TEST_F(PendingBatchesTest, BatchIsInOrderAndOfLimitedSize) {
  for (auto* user : {"a", "b", "c"})
    online(user, 0);
  EXPECT_FALSE(table_.full());
  online("d", 0);
  EXPECT_TRUE(table_.full());
  online("e", 0);
  EXPECT_THAT(take(0), ElementsAre("a", "b", "c", "d"));
  EXPECT_TRUE(table_.in_flight());
  EXPECT_EQ(table_.size(), 5u);
  EXPECT_THAT(table_.acknowledge(at(1)), IsEmpty());
  EXPECT_FALSE(table_.in_flight());
  EXPECT_EQ(table_.size(), 1u);
  EXPECT_THAT(take(1), ElementsAre("e"));
}

TEST_F(PendingBatchesTest, CallsAreGivenBackOncePerUser) {
  call("a", 1, 0);
  call("b", 1, 0);
  call("a", 2, 0);
  take(0);
  call("a", 3, 1);
  EXPECT_THAT(table_.acknowledge(at(2)), UnorderedElementsAre(1, 2, 1));
  EXPECT_THAT(take(2), ElementsAre("a"));
  EXPECT_THAT(table_.acknowledge(at(3)), ElementsAre(3));
}

TEST_F(PendingBatchesTest, CallsOfAFailedBatchAreGivenBackLater) {
  call("a", 1, 0);
  take(0);
  call("a", 2, 1);
  table_.restore();
  take(2);
  EXPECT_THAT(table_.acknowledge(at(3)), ElementsAre(1, 2));
}

TEST_F(PendingBatchesTest, CallsThatTimedOutDoNotPileUp) {
  for (call_id i = 1; i <= 10'000; ++i) {
    table_.forget_calls_before(i);
    call("a", i, 0);
    if (i % 3 == 0) {
      take(0);
      table_.restore();
    }
  }
  take(0);
  auto calls = table_.acknowledge(at(1));
  ASSERT_FALSE(calls.empty());
  EXPECT_EQ(calls.back(), 10'000u);
  EXPECT_LT(calls.size(), 20u);
}

TEST_F(PendingBatchesTest, SecondStateOfAMillisecondWaitsForTheNext) {
  table_.merge_call("u", {.state = "z"}, 1, at(0), at(0));
  take(0);
  table_.acknowledge(at(0));
  table_.merge_call("u", {.state = "a"}, 2, at(0), at(0));
  table_.merge_call("v", {.active = true}, 3, at(0), at(0));
  EXPECT_THAT(take(0), ElementsAre("v"));
  table_.acknowledge(at(0));
  EXPECT_EQ(table_.take(clock_, at(0)), nullptr);
  EXPECT_FALSE(table_.in_flight());
  EXPECT_THAT(take(1), ElementsAre("u"));
  EXPECT_EQ(update().changed, stamp_at(at(1)));
  EXPECT_THAT(table_.acknowledge(at(1)), ElementsAre(2));
}

TEST_F(PendingBatchesTest, ClockThatWasSteppedBackDoesNotHoldStatesBack) {
  table_.merge_call("u", {.state = "z"}, 1, at(0), at(0));
  take(0);
  table_.acknowledge(at(0));
  clock_.reset();
  auto other = look_at_shard(at(10));
  other.server -= 3'600'000'000;
  clock_.add(other);
  table_.merge_call("u", {.state = "a"}, 2, at(20), at(20));
  auto batch = table_.take(clock_, at(20));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->at(0).update.changed, stamp_at(at(20)) - 3'600'000);
}

// -- failures -----------------------------------------------------------------

TEST_F(PendingBatchesTest, RestoredUsersGoFirstAndInOrder) {
  for (auto* user : {"a", "b", "c"})
    online(user, 0);
  take(0);
  online("d", 1);
  table_.restore();
  EXPECT_FALSE(table_.in_flight());
  EXPECT_EQ(table_.size(), 4u);
  EXPECT_THAT(take(1), ElementsAre("a", "b", "c", "d"));
}

TEST_F(PendingBatchesTest, StampsAreMadeOnce) {
  table_.merge_call("u", {.active = true, .state = "dnd"}, 1, at(0), at(0));
  take(0);
  auto first = update();
  table_.restore();
  clock_.reset();
  auto other = look_at_shard(at(10));
  other.server += 3'600'000'000;
  clock_.add(other);
  take(20);
  EXPECT_EQ(update(), first);
}

TEST_F(PendingBatchesTest, StampOfADeleteIsMadeOnce) {
  table_.merge_call("u", {.deleted = true}, 1, at(0), at(0));
  take(0);
  auto first = update();
  EXPECT_NE(first.deleted, 0);
  table_.restore();
  clock_.add(look_at_shard(at(10), 5ms));
  take(20);
  EXPECT_EQ(update(), first);
}

TEST_F(PendingBatchesTest, NewerValuesMergeOnTopOfRestoredOnes) {
  table_.merge_client("u", {.active = true, .state = "a"}, at(0), at(0));
  take(0);
  table_.restore();
  table_.merge_client("u", {.online = true, .state = "b"}, at(5), at(5));
  EXPECT_THAT(take(5), ElementsAre("u"));
  EXPECT_EQ(update(), (record{stamp_at(at(0)), stamp_at(at(5)), 0,
                              stamp_at(at(5)), "b"}));
}

TEST_F(PendingBatchesTest, DeleteMergesOnTopOfRestoredValues) {
  table_.merge_client("u", {.active = true, .state = "a"}, at(0), at(0));
  take(0);
  table_.restore();
  table_.merge_call("u", {.deleted = true}, 1, at(5), at(5));
  take(5);
  EXPECT_EQ(newest(update()), 0);
  EXPECT_GE(update().deleted, stamp_at(at(5)));
}

TEST_F(PendingBatchesTest, AcknowledgedOnceAfterManyFailures) {
  call("u", 1, 0);
  for (auto i = 0; i < 100; ++i) {
    take(i);
    table_.restore();
  }
  take(100);
  EXPECT_THAT(table_.acknowledge(at(101)), ElementsAre(1));
  EXPECT_EQ(table_.size(), 0u);
}

// -- refusals -----------------------------------------------------------------

TEST_F(PendingBatchesTest, RefusedBatchIsHalvedUntilTheCulpritStandsAlone) {
  for (char c = 'a'; c <= 'l'; ++c)
    call(std::string(1, c), static_cast<call_id>(c), 0);
  std::vector<std::string> written;
  std::vector<pending_table::refused> refused;
  auto batches = 0;
  while (table_.ready() != 0) {
    ASSERT_LT(++batches, 30);
    auto users = take(0);
    if (std::count(users.begin(), users.end(), "f") == 0) {
      table_.acknowledge(at(0));
      written.insert(written.end(), users.begin(), users.end());
    } else if (auto x = table_.refuse(at(0))) {
      EXPECT_THAT(users, ElementsAre("f"));
      refused.push_back(std::move(*x));
    }
  }
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].user, "f");
  EXPECT_THAT(refused[0].calls, ElementsAre('f'));
  EXPECT_EQ(written.size(), 11u);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(PendingBatchesTest, BatchesGrowAgainAfterARefusal) {
  for (auto* user : {"a", "b", "c", "d"})
    online(user, 0);
  take(0);
  EXPECT_FALSE(table_.refuse(at(0)));
  EXPECT_EQ(take(0).size(), 2u);
  table_.acknowledge(at(0));
  EXPECT_EQ(take(0).size(), 2u);
  table_.acknowledge(at(0));
  for (auto* user : {"e", "f", "g", "h", "i"})
    online(user, 1);
  EXPECT_EQ(take(1).size(), 4u);
}

TEST_F(PendingBatchesTest, ValueThatCameMeanwhileSurvivesARefusal) {
  call("u", 1, 0);
  take(0);
  call("u", 2, 1);
  auto refused = table_.refuse(at(2));
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->calls, ElementsAre(1));
  EXPECT_THAT(take(2), ElementsAre("u"));
  EXPECT_EQ(update(), (record{stamp_at(at(1)), 0, 0, 0, ""}));
  EXPECT_THAT(table_.acknowledge(at(3)), ElementsAre(2));
}

// -- the last flush -----------------------------------------------------------

TEST_F(PendingBatchesTest, ReleaseMakesHeldUsersReady) {
  online("a", 0);
  take(0);
  table_.acknowledge(at(0));
  online("a", 10);
  online("b", 10);
  table_.release_all();
  EXPECT_THAT(take(10), UnorderedElementsAre("a", "b"));
  table_.acknowledge(at(11));
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(PendingBatchesTest, ReleaseMakesNoUserReadyTwice) {
  online("a", 0);
  table_.release_all();
  EXPECT_EQ(table_.ready(), 1u);
  take(0);
  table_.release_all();
  EXPECT_EQ(table_.ready(), 0u);
}

// -- memory of what was written -----------------------------------------------

TEST_F(PendingBatchesTest, WrittenUserIsForgottenAfterTheLongerInterval) {
  online("u", 0);
  take(0);
  table_.acknowledge(at(5));
  // Nobody waits for the window, nor for what is forgotten.
  EXPECT_EQ(table_.next_advance(), at(21'000));
  table_.advance(at(19'999));
  EXPECT_EQ(table_.remembered(), 1u);
  table_.advance(at(20'000));
  EXPECT_EQ(table_.remembered(), 0u);
  EXPECT_EQ(table_.next_advance(), std::nullopt);
}

TEST_F(PendingBatchesTest, HeldUserIsWorthAWakeUp) {
  online("u", 0);
  take(0);
  table_.acknowledge(at(5));
  online("u", 10);
  EXPECT_EQ(table_.next_advance(), at(1'000));
  table_.advance(at(1'000));
  EXPECT_EQ(table_.ready(), 1u);
  EXPECT_EQ(table_.next_advance(), at(21'000));
}

TEST_F(PendingBatchesTest, UserWrittenAgainIsRememberedFromThen) {
  online("u", 0);
  take(0);
  table_.acknowledge(at(0));
  online("u", 5'000);
  take(5'000);
  table_.acknowledge(at(5'000));
  table_.advance(at(24'999));
  EXPECT_EQ(table_.remembered(), 1u);
  table_.advance(at(25'000));
  EXPECT_EQ(table_.remembered(), 0u);
}

TEST_F(PendingBatchesTest, UserWithUnsavedValuesIsNotForgotten) {
  online("u", 0);
  take(0);
  table_.restore();
  table_.advance(at(60'000));
  EXPECT_EQ(table_.size(), 1u);
  EXPECT_THAT(take(60'000), ElementsAre("u"));
}

TEST_F(PendingBatchesTest, UserAcknowledgedVeryLateIsForgottenToo) {
  online("u", 0);
  take(0);
  table_.advance(at(30'000));
  table_.acknowledge(at(30'000));
  table_.advance(at(90'000));
  EXPECT_EQ(table_.remembered(), 0u);
}

TEST_F(PendingBatchesTest, TwoWritesOfAUserAtOneTimeAreForgottenOnce) {
  for (call_id i = 1; i <= 2; ++i) {
    call("u", i, 0);
    take(0);
    table_.acknowledge(at(0));
  }
  table_.advance(at(20'000));
  EXPECT_EQ(table_.remembered(), 0u);
}

} // namespace
} // namespace lastseen
