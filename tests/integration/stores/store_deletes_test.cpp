#include "tests/integration/stores/store_conformance.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lastseen::test {
namespace {

using std::chrono::milliseconds;

class StoreDeletes : public store_conformance {};

FOR_ALL_STORES(StoreDeletes);

TEST_P(StoreDeletes, DeleteRemovesEverything) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 3, t - 2, 0, t - 1, "dnd"});
  auto report = x.write("alice", deleted_at(t));
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(x.read("alice"), deleted_at(t));
}

TEST_P(StoreDeletes, DeleteOfAnUnknownUserIsRemembered) {
  auto x = open();
  auto t = x.now();
  EXPECT_EQ(x.write("alice", deleted_at(t)).changed, 1u);
  EXPECT_EQ(x.write("alice", active_at(t - 1)).changed, 0u);
  EXPECT_EQ(x.read("alice"), deleted_at(t));
}

TEST_P(StoreDeletes, UpdateFromBeforeTheDeleteDoesNotBringTheUserBack) {
  auto x = open();
  auto t = x.now();
  x.write("alice", active_at(t - 9));
  x.write("alice", deleted_at(t - 5));
  for (auto& late : {active_at(t - 6), online_at(t - 5), state_at(t - 5, "x"),
                     record{t - 5, t - 6, 0, t - 7, "dnd"}})
    EXPECT_EQ(x.write("alice", late).changed, 0u);
  EXPECT_EQ(x.read("alice"), deleted_at(t - 5));
}

TEST_P(StoreDeletes, UpdateFromAfterTheDeleteBringsTheUserBack) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 9, t - 9, 0, t - 9, "dnd"});
  x.write("alice", deleted_at(t - 5));
  x.write("alice", online_at(t - 4));
  EXPECT_EQ(x.read("alice"), (record{0, t - 4, t - 5, 0, ""}));
  // The delete still counts.
  x.write("alice", record{t - 6, 0, 0, t - 6, "dnd"});
  EXPECT_EQ(x.read("alice"), (record{0, t - 4, t - 5, 0, ""}));
}

TEST_P(StoreDeletes, DeleteThatComesLateKeepsWhatIsNewer) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 9, t - 3, 0, t - 9, "dnd"});
  x.write("alice", deleted_at(t - 5));
  EXPECT_EQ(x.read("alice"), (record{0, t - 3, t - 5, 0, ""}));
}

TEST_P(StoreDeletes, DeleteAndUpdateOfOneEventGoTogether) {
  auto x = open();
  auto t = x.now();
  x.write("alice", record{t - 9, t - 9, 0, t - 9, "dnd"});
  x.write("alice", record{t - 2, 0, t - 5, 0, ""});
  EXPECT_EQ(x.read("alice"), (record{t - 2, 0, t - 5, 0, ""}));
}

TEST_P(StoreDeletes, UpdatesOfBeforeTheDeleteAreCounted) {
  auto x = open();
  auto t = x.now();
  EXPECT_EQ(x.write("alice", deleted_at(t - 5)).deleted, 0u);
  EXPECT_EQ(x.write("alice", active_at(t - 5)).deleted, 1u);
  EXPECT_EQ(x.write("alice", record{t - 4, t - 6, 0, 0, ""}).deleted, 1u);
  EXPECT_EQ(x.write("alice", active_at(t - 3)).deleted, 0u);
}

TEST_P(StoreDeletes, DeleteIsForgottenAfterTheGuard) {
  auto x = open({milliseconds{60'000}, milliseconds{200}});
  auto t = x.now();
  x.write("alice", active_at(t - 10));
  x.write("alice", deleted_at(t));
  expect_gone_at(x, "alice", t + 200, deleted_at(t));
  // What was before it is too old to create a record by now.
  x.wait_until(t + 202);
  auto report = x.write("alice", active_at(t));
  EXPECT_EQ(report.changed, 0u);
  EXPECT_EQ(report.guarded, 1u);
  EXPECT_EQ(x.read("alice"), record{});
}

TEST_P(StoreDeletes, RememberedDeleteDoesNotShortenLife) {
  auto x = open({milliseconds{400}, milliseconds{100}});
  auto t = x.now();
  x.write("alice", deleted_at(t - 1));
  x.write("alice", active_at(t));
  expect_gone_at(x, "alice", t + 400, (record{t, 0, t - 1, 0, ""}));
}

} // namespace
} // namespace lastseen::test
