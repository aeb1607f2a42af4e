#include "tests/integration/stores/store_conformance.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace lastseen::test {
namespace {

using std::chrono::milliseconds;

class StoreExpiry : public store_conformance {};

FOR_ALL_STORES(StoreExpiry);

TEST_P(StoreExpiry, AllExpiresTogetherAfterTheLastUpdateOfAnyField) {
  auto x = open({milliseconds{300}, milliseconds{100}});
  for (auto last : {active_at(1), online_at(1), state_at(1, "last")}) {
    auto user = encode(last);
    auto t = x.now();
    record first{t, t, 0, t, "dnd"};
    x.write(user, first);
    x.wait_until(t + 200);
    for (auto* field : {&last.active, &last.online, &last.changed})
      *field = *field == 0 ? 0 : t + 200;
    x.write(user, last);
    auto all = first;
    join(all, last);
    expect_gone_at(x, user, t + 500, all);
  }
}

TEST_P(StoreExpiry, WhatWasExpiredStartsAnew) {
  auto x = open({milliseconds{100}, milliseconds{100}});
  auto t = x.now();
  x.write("alice", record{t, t, 0, t, "dnd"});
  x.wait_until(t + 103);
  auto u = x.now();
  auto report = x.write("alice", online_at(u));
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(x.read("alice"), online_at(u));
}

TEST_P(StoreExpiry, UpdateThatChangesNothingDoesNotLengthenLife) {
  auto x = open({milliseconds{300}, milliseconds{300}});
  auto t = x.now();
  record first{t, t, 0, t, "dnd"};
  x.write("alice", first);
  x.wait_until(t + 200);
  EXPECT_EQ(x.write("alice", first).changed, 0u);
  EXPECT_EQ(x.write("alice", active_at(t - 50)).changed, 0u);
  expect_gone_at(x, "alice", t + 300, first);
}

TEST_P(StoreExpiry, OldUpdateLivesOnlyWhatIsLeft) {
  auto x = open({milliseconds{300}, milliseconds{300}});
  auto t = x.now();
  x.write("alice", active_at(t - 150));
  expect_gone_at(x, "alice", t + 150, active_at(t - 150));
}

TEST_P(StoreExpiry, UpdateOlderThanTheIntervalIsDroppedAndCounted) {
  auto x = open({milliseconds{60'000}, milliseconds{30'000}});
  auto t = x.now();
  x.write("alice", online_at(t));
  auto report = x.write({
    {"alice", record{t - 60'000, 0, 0, t - 60'000, "dnd"}},
    {"bob", active_at(t - 60'000)},
    {"carol", record{t - 60'000, t, 0, 0, ""}},
    {"dave", active_at(t)},
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->expired, 3u);
  EXPECT_EQ(report->guarded, 0u);
  EXPECT_EQ(report->changed, 2u);
  EXPECT_EQ(x.read("alice"), online_at(t));
  EXPECT_EQ(x.read("bob"), record{});
  EXPECT_EQ(x.read("carol"), online_at(t));
  EXPECT_EQ(x.read("dave"), active_at(t));
}

TEST_P(StoreExpiry, UpdateOlderThanTheGuardMergesButDoesNotCreate) {
  auto x = open({milliseconds{60'000}, milliseconds{30'000}});
  auto t = x.now();
  x.write("alice", online_at(t));
  auto report = x.write({
    {"alice", active_at(t - 30'000)},
    {"bob", active_at(t - 30'000)},
    {"carol", record{t - 30'000, t, 0, t - 30'000, "dnd"}},
    {"dave", active_at(t - 20'000)},
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->guarded, 2u);
  EXPECT_EQ(report->expired, 0u);
  EXPECT_EQ(report->changed, 3u);
  EXPECT_EQ(x.read("alice"), (record{t - 30'000, t, 0, 0, ""}));
  EXPECT_EQ(x.read("bob"), record{});
  EXPECT_EQ(x.read("carol"), online_at(t));
  EXPECT_EQ(x.read("dave"), active_at(t - 20'000));
}

} // namespace
} // namespace lastseen::test
