#include "tests/integration/stores/store_conformance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace lastseen::test {
namespace {

class StoreUpdates : public store_conformance {};

FOR_ALL_STORES(StoreUpdates);

// -- active and online --------------------------------------------------------

TEST_P(StoreUpdates, ActiveAndOnlineAreIndependent) {
  auto x = open();
  auto t = x.now();
  x.write("alice", active_at(t - 5));
  EXPECT_EQ(x.read("alice"), active_at(t - 5));
  x.write("alice", online_at(t - 9));
  EXPECT_EQ(x.read("alice"), (record{t - 5, t - 9, 0, 0, ""}));
  x.write("alice", online_at(t - 1));
  EXPECT_EQ(x.read("alice"), (record{t - 5, t - 1, 0, 0, ""}));
}

TEST_P(StoreUpdates, TimesNeverGoBack) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 5, t - 4, 0, 0, ""});
  auto report = x.write("alice", record{t - 6, t - 5, 0, 0, ""});
  EXPECT_EQ(report.changed, 0u);
  EXPECT_EQ(x.read("alice"), (record{t - 5, t - 4, 0, 0, ""}));
  // One forward, one back.
  report = x.write("alice", record{t - 9, t - 3, 0, 0, ""});
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(x.read("alice"), (record{t - 5, t - 3, 0, 0, ""}));
}

TEST_P(StoreUpdates, TimesAreNeverInTheFuture) {
  auto x = open();
  for (auto ahead : {stamp{1'000}, stamp{1'000'000'000}}) {
    auto before = x.now();
    auto t = before + ahead;
    auto user = std::to_string(ahead);
    x.write(user, record{t, t + 1, 0, t + 2, "dnd"});
    auto after = x.now();
    auto found = x.read(user);
    for (auto field : {found.active, found.online, found.changed}) {
      EXPECT_GE(field, before);
      EXPECT_LE(field, after);
    }
    // So it does not stand in the way of what happens later.
    x.wait_until(after + 1);
    x.write(user, record{after + 1, after + 1, 0, after + 1, "back"});
    EXPECT_EQ(x.read(user),
              (record{after + 1, after + 1, 0, after + 1, "back"}));
  }
}

TEST_P(StoreUpdates, DeleteIsNeverInTheFuture) {
  auto x = open();
  auto before = x.now();
  x.write("alice", deleted_at(before + 1'000'000));
  auto after = x.now();
  EXPECT_GE(x.read("alice").deleted, before);
  EXPECT_LE(x.read("alice").deleted, after);
  x.wait_until(after + 1);
  x.write("alice", active_at(after + 1));
  EXPECT_EQ(x.read("alice").active, after + 1);
}

// -- state --------------------------------------------------------------------

TEST_P(StoreUpdates, UpdateWithoutStateLeavesIt) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 9, 0, 0, t - 9, "dnd"});
  x.write("alice", record{t, t, 0, 0, ""});
  EXPECT_EQ(x.read("alice"), (record{t, t, 0, t - 9, "dnd"}));
}

TEST_P(StoreUpdates, EmptyStateClearsIt) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 9, 0, 0, t - 9, "dnd"});
  x.write("alice", state_at(t - 5, ""));
  EXPECT_EQ(x.read("alice").state, "");
  // And an older one does not come back.
  auto report = x.write("alice", state_at(t - 7, "dnd"));
  EXPECT_EQ(report.changed, 0u);
  EXPECT_EQ(x.read("alice").state, "");
  x.write("alice", state_at(t - 3, "busy"));
  EXPECT_EQ(x.read("alice").state, "busy");
}

TEST_P(StoreUpdates, StateOfTheNewestOwnTimeWins) {
  auto x = open();
  auto t = x.now();
  x.write("alice", state_at(t - 5, "new"));
  // Newer as an update, but its state is older.
  x.write("alice", record{t, 0, 0, t - 9, "old"});
  EXPECT_EQ(x.read("alice"), (record{t, 0, 0, t - 5, "new"}));
  // And the other way round.
  x.write("alice", record{t - 100, 0, 0, t - 2, "newest"});
  EXPECT_EQ(x.read("alice"), (record{t, 0, 0, t - 2, "newest"}));
}

TEST_P(StoreUpdates, LargerOfStatesOfOneTimeWins) {
  auto x = open();
  auto t = x.now();
  std::vector<std::string> rising{"", "0", "A", "a", "aa", "b", "\xd0\xb0"};
  for (auto& low : rising)
    for (auto& high : rising) {
      if (high <= low)
        continue;
      auto user = low + "|" + high;
      x.write(user + "up", state_at(t, low));
      x.write(user + "up", state_at(t, high));
      EXPECT_EQ(x.read(user + "up").state, high) << user;
      x.write(user + "down", state_at(t, high));
      auto report = x.write(user + "down", state_at(t, low));
      EXPECT_EQ(report.changed, 0u) << user;
      EXPECT_EQ(x.read(user + "down").state, high) << user;
    }
}

// -- retries and order --------------------------------------------------------

TEST_P(StoreUpdates, RetriedBatchChangesNothing) {
  auto x = open();
  auto t = x.now();
  x.write("carol", active_at(t - 9));
  std::vector<status_write> batch{
    {"alice", record{t - 1, t - 2, 0, t - 3, "dnd"}},
    {"bob", state_at(t, "")},
    {"carol", deleted_at(t - 5)},
    {"dave", record{t - 1, 0, t - 5, 0, ""}},
  };
  auto first = x.write(batch);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->changed, 4u);
  std::vector<record> after;
  for (auto& y : batch)
    after.push_back(x.read(y.user));
  auto second = x.write(batch);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->changed, 0u);
  for (std::size_t i = 0; i < batch.size(); ++i)
    EXPECT_EQ(x.read(batch[i].user), after[i]);
}

// Events of one user as several nodes might send them.
std::vector<record> any_events(std::mt19937& random, stamp t) {
  std::vector<record> out(6);
  for (auto& y : out) {
    auto any_time = [&] {
      return random() % 3 == 0 ? t - static_cast<stamp>(random() % 5) : 0;
    };
    y = record{any_time(), any_time(), 0, any_time(), ""};
    if (random() % 4 == 0)
      y.deleted = any_time();
    if (y.changed != 0 && random() % 3 != 0)
      y.state = random() % 2 == 0 ? "a" : "b";
  }
  return out;
}

TEST_P(StoreUpdates, OrderOfBatchesDoesNotMatter) {
  auto x = open();
  auto t = x.now();
  std::mt19937 random{1};
  for (auto round = 0; round < 30; ++round) {
    auto events = any_events(random, t);
    record expected;
    for (auto& y : events)
      join(expected, y);
    for (auto order = 0; order < 3; ++order) {
      auto user = std::to_string(round) + "/" + std::to_string(order);
      for (auto& y : events)
        x.write(user, y);
      ASSERT_EQ(x.read(user), expected) << user;
      std::shuffle(events.begin(), events.end(), random);
    }
  }
}

} // namespace
} // namespace lastseen::test
