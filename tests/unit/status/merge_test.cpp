#include "status/merge.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lastseen {
namespace {

using std::chrono::milliseconds;

constexpr stamp now = 1'000'000;
constexpr stamp expire = 10'000;
constexpr stamp guard = 1'000;
constexpr retention keep{milliseconds{expire}, milliseconds{guard}};

record active_at(stamp t) {
  return record{t, 0, 0, 0, ""};
}

record online_at(stamp t) {
  return record{0, t, 0, 0, ""};
}

record deleted_at(stamp t) {
  return record{0, 0, t, 0, ""};
}

record state_at(stamp t, const char* state) {
  return record{0, 0, 0, t, state};
}

// -- 1: nothing is in the future ----------------------------------------------

TEST(MergeFuture, TimesAheadOfNowBecomeNow) {
  auto x = merge({}, record{now + 1, now + 5, 0, now + 9, "dnd"}, now, keep);
  EXPECT_EQ(x.action, merge_action::put);
  EXPECT_EQ(x.value, (record{now, now, 0, now, "dnd"}));
  EXPECT_EQ(x.expires_at, now + expire);
}

TEST(MergeFuture, DeleteAheadOfNowBecomesNow) {
  auto x = merge(active_at(now - 1), deleted_at(now + 500), now, keep);
  EXPECT_EQ(x.value, deleted_at(now));
  // So what happens right after it counts.
  auto y = merge(x.value, active_at(now + 1), now + 1, keep);
  EXPECT_EQ(y.value.active, now + 1);
}

TEST(MergeFuture, NowItselfIsNotTheFuture) {
  EXPECT_EQ(merge({}, active_at(now), now, keep).value, active_at(now));
}

TEST(MergeFuture, StoredTimesAreNotTouched) {
  // The server's clock went back.
  auto x = merge(active_at(now + 50), online_at(now), now, keep);
  EXPECT_EQ(x.value, (record{now + 50, now, 0, 0, ""}));
  EXPECT_EQ(x.expires_at, now + 50 + expire);
}

// -- 2: too old to store ------------------------------------------------------

TEST(MergeExpired, FieldAsOldAsTheIntervalIsDropped) {
  for (auto& update :
       {active_at(now - expire), online_at(now - expire),
        state_at(now - expire, "dnd"), state_at(now - expire, "")}) {
    auto x = merge(online_at(now - 5), update, now, keep);
    EXPECT_TRUE(x.expired);
    EXPECT_FALSE(x.guarded);
    EXPECT_EQ(x.action, merge_action::keep);
    EXPECT_EQ(x.value, online_at(now - 5));
  }
}

TEST(MergeExpired, FieldYoungerByAMillisecondIsNot) {
  auto old = now - expire + 1;
  auto x = merge(online_at(now - 5), record{old, 0, 0, old, "dnd"}, now, keep);
  EXPECT_FALSE(x.expired);
  EXPECT_EQ(x.action, merge_action::put);
  EXPECT_EQ(x.value, (record{old, now - 5, 0, old, "dnd"}));
}

TEST(MergeExpired, OtherFieldsOfTheUpdateStay) {
  auto x =
    merge({}, record{now - expire, now, 0, now - expire, "dnd"}, now, keep);
  EXPECT_TRUE(x.expired);
  EXPECT_EQ(x.value, online_at(now));
}

TEST(MergeExpired, WithoutAFieldNothingIsDropped) {
  auto x = merge(online_at(now - 5), record{}, now, keep);
  EXPECT_FALSE(x.expired);
  EXPECT_EQ(x.action, merge_action::keep);
}

TEST(MergeExpired, FieldIsNotCountedAsGuardedToo) {
  auto x = merge({}, active_at(now - expire), now, keep);
  EXPECT_TRUE(x.expired);
  EXPECT_FALSE(x.guarded);
}

// -- 3: too old to create -----------------------------------------------------

TEST(MergeGuarded, FieldAsOldAsTheGuardCreatesNothing) {
  for (auto& update :
       {active_at(now - guard), online_at(now - guard),
        state_at(now - guard, "dnd"), state_at(now - guard, "")}) {
    auto x = merge({}, update, now, keep);
    EXPECT_TRUE(x.guarded);
    EXPECT_FALSE(x.expired);
    EXPECT_EQ(x.action, merge_action::keep);
    EXPECT_EQ(x.value, record{});
  }
}

TEST(MergeDeleted, FieldNotNewerThanTheStoredDeleteIsTold) {
  record stored{0, 0, now - 5, 0, ""};
  EXPECT_TRUE(merge(stored, active_at(now - 5), now, keep).deleted);
  EXPECT_TRUE(merge(stored, online_at(now - 6), now, keep).deleted);
  EXPECT_TRUE(merge(stored, state_at(now - 6, ""), now, keep).deleted);
  EXPECT_TRUE(merge(stored, record{now, now - 7, 0, 0, ""}, now, keep).deleted);
  EXPECT_FALSE(merge(stored, active_at(now - 4), now, keep).deleted);
  EXPECT_FALSE(merge(stored, record{0, 0, now - 9, 0, ""}, now, keep).deleted);
  EXPECT_FALSE(merge({}, active_at(now - 5), now, keep).deleted);
}

TEST(MergeGuarded, FieldYoungerByAMillisecondDoes) {
  auto t = now - guard + 1;
  auto x = merge({}, record{t, t, 0, t, "dnd"}, now, keep);
  EXPECT_FALSE(x.guarded);
  EXPECT_EQ(x.value, (record{t, t, 0, t, "dnd"}));
  EXPECT_EQ(x.expires_at, t + expire);
}

TEST(MergeGuarded, FieldMergesIntoARecord) {
  auto x = merge(online_at(now - 5), active_at(now - guard), now, keep);
  EXPECT_FALSE(x.guarded);
  EXPECT_EQ(x.value, (record{now - guard, now - 5, 0, 0, ""}));
}

TEST(MergeGuarded, FieldMergesIntoAnEmptyRecordThatIsThere) {
  auto x = merge(record{}, active_at(now - guard), now, keep);
  EXPECT_FALSE(x.guarded);
  EXPECT_EQ(x.action, merge_action::put);
}

TEST(MergeGuarded, DeleteIsNotDropped) {
  auto x = merge({}, record{0, 0, now - 1, now - guard, "dnd"}, now, keep);
  EXPECT_TRUE(x.guarded);
  EXPECT_EQ(x.action, merge_action::put);
  EXPECT_EQ(x.value, deleted_at(now - 1));
}

// -- 4: nothing changed -------------------------------------------------------

TEST(MergeKeep, SameAgain) {
  record stored{now - 3, now - 4, now - 9, now - 5, "dnd"};
  auto x = merge(stored, stored, now, keep);
  EXPECT_EQ(x.action, merge_action::keep);
  EXPECT_EQ(x.value, stored);
}

TEST(MergeKeep, OlderTimes) {
  record stored{now - 3, now - 4, 0, now - 5, "dnd"};
  auto x = merge(stored, record{now - 4, now - 5, 0, now - 6, "z"}, now, keep);
  EXPECT_EQ(x.action, merge_action::keep);
  EXPECT_EQ(x.value, stored);
}

TEST(MergeKeep, LeavesAnOldDeleteInARecordThatDoesNotChange) {
  record stored{now - 3, 0, now - 2 * guard, 0, ""};
  auto x = merge(stored, active_at(now - 4), now, keep);
  EXPECT_EQ(x.action, merge_action::keep);
  EXPECT_EQ(x.value, stored);
}

TEST(MergeKeep, NothingIntoNothing) {
  auto x = merge({}, record{}, now, keep);
  EXPECT_EQ(x.action, merge_action::keep);
  EXPECT_EQ(x.value, record{});
}

// -- 5: what is forgotten -----------------------------------------------------

TEST(MergeForget, DeleteIsRememberedForTheGuard) {
  record stored{0, now - 5, now - guard + 1, 0, ""};
  auto x = merge(stored, active_at(now), now, keep);
  EXPECT_EQ(x.value.deleted, now - guard + 1);
}

TEST(MergeForget, DeleteIsForgottenAfterIt) {
  record stored{0, now - 5, now - guard, 0, ""};
  auto x = merge(stored, active_at(now), now, keep);
  EXPECT_EQ(x.value, (record{now, now - 5, 0, 0, ""}));
}

TEST(MergeForget, TimeOfAClearedStateIsRememberedForTheGuard) {
  auto x = merge(state_at(now - guard + 1, ""), active_at(now), now, keep);
  EXPECT_EQ(x.value, (record{now, 0, 0, now - guard + 1, ""}));
}

TEST(MergeForget, TimeOfAClearedStateIsForgottenAfterIt) {
  auto x = merge(state_at(now - guard, ""), active_at(now), now, keep);
  EXPECT_EQ(x.value, active_at(now));
}

TEST(MergeForget, StateThatIsSetStays) {
  auto x = merge(state_at(now - guard, "dnd"), active_at(now), now, keep);
  EXPECT_EQ(x.value, (record{now, 0, 0, now - guard, "dnd"}));
}

// -- 6: life of the key -------------------------------------------------------

TEST(MergeLife, CountsFromTheNewestField) {
  record stored{now - 7, 0, 0, now - 5, "dnd"};
  auto x = merge(stored, online_at(now - 6), now, keep);
  EXPECT_EQ(x.expires_at, now - 5 + expire);
  auto y = merge(stored, active_at(now - 1), now, keep);
  EXPECT_EQ(y.expires_at, now - 1 + expire);
}

TEST(MergeLife, OfADeleteAloneIsTheGuard) {
  auto x = merge(active_at(now - 9), deleted_at(now - 2), now, keep);
  EXPECT_EQ(x.action, merge_action::put);
  EXPECT_EQ(x.value, deleted_at(now - 2));
  EXPECT_EQ(x.expires_at, now - 2 + guard);
}

TEST(MergeLife, OfWhatADeleteLeftIsTheFields) {
  auto x =
    merge(record{now, now - 9, 0, 0, ""}, deleted_at(now - 2), now, keep);
  EXPECT_EQ(x.value, (record{now, 0, now - 2, 0, ""}));
  EXPECT_EQ(x.expires_at, now + expire);
}

TEST(MergeLife, EndsWithADeleteThatIsForgottenAtOnce) {
  auto x =
    merge(active_at(now - 2 * guard), deleted_at(now - guard), now, keep);
  EXPECT_EQ(x.action, merge_action::erase);
  EXPECT_EQ(x.value, record{});
}

TEST(MergeLife, NeverBeganWithoutARecord) {
  auto x = merge({}, deleted_at(now - guard), now, keep);
  EXPECT_EQ(x.action, merge_action::keep);
  EXPECT_EQ(x.value, record{});
}

TEST(MergeLife, EndsWhenAllThatIsLeftIsTooOld) {
  // A key that outlived its time, as after a shorter interval was configured.
  record stored{now - expire - 9, now - expire - 5, 0, 0, ""};
  auto x = merge(stored, deleted_at(now - expire - 7), now, keep);
  EXPECT_EQ(x.action, merge_action::erase);
  auto y = merge(stored, online_at(now - expire + 1), now, keep);
  EXPECT_EQ(y.action, merge_action::put);
  EXPECT_EQ(y.expires_at, now + 1);
}

TEST(MergeLife, CanBeAsShortAsTheGuard) {
  retention same{milliseconds{guard}, milliseconds{guard}};
  EXPECT_EQ(merge({}, active_at(now - guard + 1), now, same).expires_at,
            now + 1);
  EXPECT_EQ(merge({}, active_at(now - guard), now, same).action,
            merge_action::keep);
}

// -- all together -------------------------------------------------------------

class MergeProperty : public testing::Test {
protected:
  // Of the last `age`, and a little of the future.
  record any(stamp age) {
    auto any_time = [&]() -> stamp {
      if (random_() % 4 == 0)
        return 0;
      return now + 2
             - static_cast<stamp>(random_()
                                  % static_cast<std::uint64_t>(age + 2));
    };
    record x{any_time(), any_time(), any_time(), any_time(), ""};
    if (x.changed != 0 && random_() % 2 == 0)
      x.state = "dnd";
    return x;
  }

  std::optional<record> any_stored() {
    if (random_() % 4 == 0)
      return {};
    record x;
    join(x, any(expire + 3 * guard));
    return x;
  }

  std::mt19937 random_{1};
};

TEST_F(MergeProperty, SecondTimeChangesNothingWithinTheGuard) {
  for (auto i = 0; i < 50'000; ++i) {
    auto update = any(guard - 1);
    auto stored = any_stored();
    auto once = merge(stored, update, now, keep);
    if (once.action == merge_action::put)
      stored = once.value;
    else if (once.action == merge_action::erase)
      stored.reset();
    auto twice = merge(stored, update, now, keep);
    ASSERT_EQ(twice.action, merge_action::keep)
      << encode(once.value) << " and " << encode(update);
    ASSERT_EQ(twice.value, once.value);
  }
}

TEST_F(MergeProperty, OrderOfTwoDoesNotMatterWithinTheGuard) {
  for (auto i = 0; i < 50'000; ++i) {
    auto a = any(guard - 1);
    auto b = any(guard - 1);
    auto stored = any_stored();
    auto both = [&](const record& first, const record& second) {
      auto x = merge(stored, first, now, keep);
      auto between = stored;
      if (x.action == merge_action::put)
        between = x.value;
      else if (x.action == merge_action::erase)
        between.reset();
      return merge(between, second, now, keep).value;
    };
    ASSERT_EQ(both(a, b), both(b, a)) << encode(a) << " and " << encode(b);
  }
}

TEST_F(MergeProperty, WhatIsPutLivesAndIsSomething) {
  for (auto i = 0; i < 50'000; ++i) {
    auto update = any(expire + 3 * guard);
    auto stored = any_stored();
    auto x = merge(stored, update, now, keep);
    switch (x.action) {
      case merge_action::put:
        ASSERT_GT(x.expires_at, now);
        ASSERT_NE(x.value, record{});
        break;
      case merge_action::erase:
        ASSERT_TRUE(stored);
        break;
      case merge_action::keep:
        ASSERT_EQ(x.value, stored.value_or(record{}));
        break;
    }
  }
}

} // namespace
} // namespace lastseen
