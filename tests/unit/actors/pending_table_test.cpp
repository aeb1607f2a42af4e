#include "actors/pending_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

class PendingTableTest : public testing::Test {
protected:
  PendingTableTest() {
    clock_.add(look_at_shard(start));
  }

  // Reads `t` milliseconds as time since the start.
  static local_time at(int t) {
    return start + std::chrono::milliseconds{t};
  }

  bool online(const char* user, int t) {
    return table_.merge_client(user, {.online = true}, at(t), at(t));
  }

  // What is ready at `t`, put in flight.
  std::vector<status_write> take(int t) {
    table_.advance(at(t));
    return table_.ready() == 0 ? std::vector<status_write>{}
                               : *table_.take(clock_, at(t));
  }

  // Writes what is ready at `t`.
  std::vector<status_write> write(int t) {
    auto out = take(t);
    if (table_.in_flight())
      table_.acknowledge(at(t));
    return out;
  }

  pending_table table_{{.debounce_interval = 1s,
                        .online_interval = 20s,
                        .max_batch = 512,
                        .max_pending_users = 3}};
  clock_estimate clock_;
};

user_list users_of(std::initializer_list<const char*> names) {
  user_list out;
  for (auto* name : names)
    out.add(name);
  return out;
}

// -- collapse -----------------------------------------------------------------

TEST_F(PendingTableTest, KeepsTheNewestValueOfEachField) {
  table_.merge_client("u", {.active = true, .online = true}, at(5), at(5));
  table_.merge_client("u", {.online = true}, at(7), at(7));
  table_.merge_client("u", {.active = true}, at(3), at(8));
  EXPECT_EQ(table_.size(), 1u);
  auto batch = take(8);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].user, "u");
  EXPECT_EQ(batch[0].update,
            (record{stamp_at(at(5)), stamp_at(at(7)), 0, 0, ""}));
}

TEST_F(PendingTableTest, KeepsTheStateThatWasSetLast) {
  table_.merge_client("u", {.state = "a"}, at(1), at(1));
  table_.merge_client("u", {.state = "b"}, at(3), at(3));
  table_.merge_client("u", {.state = "c"}, at(2), at(4));
  table_.merge_client("u", {.active = true}, at(5), at(5));
  auto batch = take(5);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update,
            (record{stamp_at(at(5)), 0, 0, stamp_at(at(3)), "b"}));
}

TEST_F(PendingTableTest, ClearedStateIsAValue) {
  table_.merge_client("u", {.state = ""}, at(1), at(1));
  auto batch = take(1);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update, (record{0, 0, 0, stamp_at(at(1)), ""}));
}

TEST_F(PendingTableTest, LaterOfTwoStatesWithinAMillisecondWins) {
  table_.merge_client("u", {.state = "z"}, at(1), at(1));
  auto first = write(1);
  auto later = at(1) + 1us;
  table_.merge_call("u", {.state = "a"}, 1, later, later);
  auto second = write(2);
  ASSERT_EQ(second.size(), 1u);
  auto stored = first.at(0).update;
  join(stored, second[0].update);
  EXPECT_EQ(stored.state, "a");
}

// -- debounce -----------------------------------------------------------------

TEST_F(PendingTableTest, FirstValueIsReadyAtOnce) {
  EXPECT_TRUE(online("u", 0));
  EXPECT_EQ(table_.ready(), 1u);
}

TEST_F(PendingTableTest, FurtherValuesAreHeldUntilTheWindowCloses) {
  online("u", 0);
  write(0);
  online("u", 1);
  online("u", 600);
  EXPECT_EQ(write(999).size(), 0u);
  EXPECT_EQ(table_.size(), 1u);
  EXPECT_EQ(table_.next_advance(), at(1000));
  auto batch = write(1000);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update.online, stamp_at(at(600)));
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(PendingTableTest, ValueAfterTheWindowIsReadyAtOnce) {
  online("u", 0);
  write(0);
  online("u", 1001);
  EXPECT_EQ(table_.ready(), 1u);
}

TEST_F(PendingTableTest, ValueThatComesWhileInFlightIsHeldAfterwards) {
  online("u", 0);
  take(0);
  online("u", 10);
  EXPECT_EQ(table_.ready(), 0u);
  table_.acknowledge(at(20));
  EXPECT_EQ(table_.ready(), 0u);
  EXPECT_EQ(table_.size(), 1u);
  auto batch = write(1000);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update.online, stamp_at(at(10)));
}

TEST_F(PendingTableTest, ValueOfASlowWriteIsReadyWithItsAcknowledgement) {
  online("u", 0);
  take(0);
  online("u", 10);
  table_.advance(at(1500));
  table_.acknowledge(at(1500));
  EXPECT_EQ(table_.ready(), 1u);
}

TEST_F(PendingTableTest, WindowsOfUsersAreTheirOwn) {
  online("a", 0);
  write(0);
  online("a", 10);
  online("b", 10);
  auto batch = write(10);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].user, "b");
}

TEST_F(PendingTableTest, ClientsNeverCauseMoreThanOneWriteAnInterval) {
  pending_table table{{.debounce_interval = 100ms,
                       .online_interval = 500ms,
                       .max_batch = 3,
                       .max_pending_users = 100}};
  struct seen {
    local_time first;
    int writes = 0;
    stamp stored = 0;
    stamp wanted = 0;
  };
  std::map<std::string, seen> users;
  std::mt19937 random{7};
  auto now = start;
  auto acknowledge_at = now;
  auto step = [&] {
    table.advance(now);
    if (table.in_flight() && now >= acknowledge_at)
      table.acknowledge(now);
    if (table.in_flight() || table.ready() == 0)
      return;
    auto batch = table.take(clock_, now);
    for (const auto& x : *batch) {
      auto& user = users[x.user];
      if (user.writes++ == 0)
        user.first = now;
      ASSERT_LE(user.writes, (now - user.first) / 100ms + 1) << x.user;
      user.stored = std::max(user.stored, x.update.active);
    }
    acknowledge_at = now + std::chrono::milliseconds{random() % 30};
  };
  for (auto i = 0; i < 20'000; ++i) {
    now += std::chrono::microseconds{random() % 3000};
    auto name = std::to_string(random() % 7);
    if (random() % 3 == 0) {
      table.merge_heartbeat(name, now, now);
    } else {
      table.merge_client(name, {.active = true}, now, now);
      users[name].wanted = stamp_at(now);
    }
    step();
  }
  for (auto i = 0; i < 1000; ++i) {
    now += 1ms;
    step();
  }
  EXPECT_EQ(table.size(), 0u);
  ASSERT_EQ(users.size(), 7u);
  for (const auto& [name, user] : users)
    EXPECT_EQ(user.stored, user.wanted) << name;
}

// -- heartbeats ---------------------------------------------------------------

TEST_F(PendingTableTest, HeartbeatIsSkippedWithinTheOnlineInterval) {
  EXPECT_TRUE(table_.merge_heartbeat("u", at(0), at(0)));
  EXPECT_EQ(write(0).size(), 1u);
  EXPECT_TRUE(table_.merge_heartbeat("u", at(19'999), at(19'999)));
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_TRUE(table_.merge_heartbeat("u", at(20'000), at(20'000)));
  auto batch = write(20'000);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update.online, stamp_at(at(20'000)));
}

TEST_F(PendingTableTest, HeartbeatCountsFromTheLastSignOfLifeOfAnyKind) {
  online("u", 0);
  write(0);
  table_.merge_client("u", {.active = true, .online = true}, at(9'000),
                      at(9'000));
  write(9'000);
  table_.merge_heartbeat("u", at(25'000), at(25'000));
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(PendingTableTest, EdgeOfAConnectionIsWrittenWithinTheOnlineInterval) {
  table_.merge_heartbeat("u", at(0), at(0));
  write(0);
  online("u", 5'000);
  EXPECT_EQ(write(5'000).size(), 1u);
}

TEST_F(PendingTableTest, ApiUpdateDoesNotMakeAHeartbeatSuperfluous) {
  table_.merge_call("u", {.active = true}, 1, at(0), at(0));
  write(0);
  table_.merge_heartbeat("u", at(2'000), at(2'000));
  EXPECT_EQ(write(2'000).size(), 1u);
}

TEST_F(PendingTableTest, HeartbeatAfterADeleteIsWritten) {
  online("u", 0);
  write(0);
  table_.merge_call("u", {.deleted = true}, 1, at(3'000), at(3'000));
  write(3'000);
  table_.merge_heartbeat("u", at(5'000), at(5'000));
  auto batch = write(5'000);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update.online, stamp_at(at(5'000)));
}

// -- the server API -----------------------------------------------------------

TEST_F(PendingTableTest, ApiUpdateGoesAtOnceAndTakesHeldValuesAlong) {
  online("u", 0);
  write(0);
  online("u", 10);
  table_.merge_call("u", {.active = true, .state = "dnd"}, 1, at(20), at(20));
  auto batch = write(20);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].update, (record{stamp_at(at(20)), stamp_at(at(10)), 0,
                                     stamp_at(at(20)), "dnd"}));
}

TEST_F(PendingTableTest, ApiUpdateThatComesWhileInFlightGoesRightAfter) {
  online("u", 0);
  take(0);
  table_.merge_call("u", {.active = true}, 1, at(1), at(1));
  EXPECT_EQ(table_.ready(), 0u);
  table_.acknowledge(at(2));
  EXPECT_EQ(write(2).size(), 1u);
}

TEST_F(PendingTableTest, ApiUpdateOpensAWindowForClients) {
  table_.merge_call("u", {.active = true}, 1, at(0), at(0));
  write(0);
  online("u", 10);
  EXPECT_EQ(write(999).size(), 0u);
  EXPECT_EQ(write(1000).size(), 1u);
}

TEST_F(PendingTableTest, ApiUpdateHurriesNothingThatComesAfterIt) {
  table_.merge_call("u", {.active = true}, 1, at(0), at(0));
  take(0);
  online("u", 10);
  table_.acknowledge(at(20));
  EXPECT_EQ(table_.ready(), 0u);
  EXPECT_EQ(write(1000).size(), 1u);
}

TEST_F(PendingTableTest, DeleteIsStampedNotBeforeWhatItDeletes) {
  clock_.reset();
  clock_.add(look_at_shard(start, 40ms));
  table_.merge_client("u", {.active = true, .state = "dnd"}, at(5), at(5));
  table_.merge_call("u", {.deleted = true}, 1, at(5), at(5));
  auto batch = write(5);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_GE(batch[0].update.deleted, stamp_at(at(45)));
  EXPECT_EQ(newest(batch[0].update), 0);
}

// -- bounds -------------------------------------------------------------------

TEST_F(PendingTableTest, NewUserIsRefusedWhenFull) {
  for (auto* user : {"a", "b", "c"})
    EXPECT_TRUE(online(user, 0));
  EXPECT_FALSE(online("d", 1));
  EXPECT_FALSE(table_.merge_heartbeat("d", at(1), at(1)));
  EXPECT_EQ(table_.size(), 3u);
  EXPECT_EQ(table_.remembered(), 3u);
  EXPECT_TRUE(online("a", 2));
  EXPECT_EQ(write(2).size(), 3u);
  EXPECT_TRUE(online("d", 3));
}

TEST_F(PendingTableTest, UserThatWasWrittenIsNewToAFullTable) {
  online("a", 0);
  write(0);
  for (auto* user : {"b", "c", "d"})
    online(user, 1);
  EXPECT_FALSE(online("a", 2));
  EXPECT_EQ(write(2000).size(), 3u);
}

TEST_F(PendingTableTest, RoomIsForNewUsersOnly) {
  online("a", 0);
  online("b", 0);
  EXPECT_TRUE(table_.has_room(users_of({"c"})));
  EXPECT_TRUE(table_.has_room(users_of({"a", "b", "c"})));
  EXPECT_FALSE(table_.has_room(users_of({"c", "d"})));
  online("c", 0);
  EXPECT_TRUE(table_.has_room(users_of({"a", "c"})));
  EXPECT_FALSE(table_.has_room(users_of({"a", "d"})));
}

} // namespace
} // namespace lastseen
