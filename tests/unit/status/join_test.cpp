#include "status/record.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace lastseen {
namespace {

record joined(record into, const record& from) {
  auto before = into;
  auto changed = join(into, from);
  EXPECT_EQ(changed, into != before);
  return into;
}

TEST(Join, TakesTheLargerTimeOfEachField) {
  EXPECT_EQ(joined({5, 1, 0, 0, ""}, {3, 4, 0, 0, ""}),
            (record{5, 4, 0, 0, ""}));
}

TEST(Join, LeavesTheStateWithoutOne) {
  EXPECT_EQ(joined({1, 1, 0, 2, "dnd"}, {9, 9, 0, 0, ""}),
            (record{9, 9, 0, 2, "dnd"}));
}

TEST(Join, TakesTheStateThatChangedLast) {
  EXPECT_EQ(joined({9, 0, 0, 2, "old"}, {1, 0, 0, 3, "new"}),
            (record{9, 0, 0, 3, "new"}));
  EXPECT_EQ(joined({1, 0, 0, 3, "new"}, {9, 0, 0, 2, "old"}),
            (record{9, 0, 0, 3, "new"}));
}

TEST(Join, ClearsTheState) {
  EXPECT_EQ(joined({1, 0, 0, 2, "dnd"}, {0, 0, 0, 3, ""}),
            (record{1, 0, 0, 3, ""}));
  EXPECT_EQ(joined({1, 0, 0, 3, ""}, {0, 0, 0, 2, "dnd"}),
            (record{1, 0, 0, 3, ""}));
}

TEST(Join, TakesTheLargerBytesOfStatesOfOneTime) {
  EXPECT_EQ(joined({0, 0, 0, 2, "a"}, {0, 0, 0, 2, "b"}).state, "b");
  EXPECT_EQ(joined({0, 0, 0, 2, "b"}, {0, 0, 0, 2, "a"}).state, "b");
  EXPECT_EQ(joined({0, 0, 0, 2, ""}, {0, 0, 0, 2, "a"}).state, "a");
  // Bytes are unsigned: in Lua and in SQLite too.
  EXPECT_EQ(joined({0, 0, 0, 2, "z"}, {0, 0, 0, 2, "\xd0\xbd"}).state,
            "\xd0\xbd");
  EXPECT_EQ(joined({0, 0, 0, 2, "ab"}, {0, 0, 0, 2, "b"}).state, "b");
}

TEST(Join, DeleteRemovesAllThatIsNotNewer) {
  EXPECT_EQ(joined({4, 5, 0, 6, "dnd"}, {0, 0, 6, 0, ""}),
            (record{0, 0, 6, 0, ""}));
  EXPECT_EQ(joined({4, 6, 0, 5, "dnd"}, {0, 0, 5, 0, ""}),
            (record{0, 6, 5, 0, ""}));
  EXPECT_EQ(joined({4, 5, 0, 6, "dnd"}, {0, 0, 5, 0, ""}),
            (record{0, 0, 5, 6, "dnd"}));
}

TEST(Join, UpdateNotNewerThanTheDeleteChangesNothing) {
  record deleted{0, 0, 6, 0, ""};
  EXPECT_EQ(joined(deleted, {6, 6, 0, 6, "dnd"}), deleted);
  EXPECT_EQ(joined(deleted, {5, 1, 0, 3, "dnd"}), deleted);
  EXPECT_EQ(joined(deleted, {7, 6, 0, 0, ""}), (record{7, 0, 6, 0, ""}));
}

TEST(Join, EarlierDeleteDoesNotReplaceALaterOne) {
  EXPECT_EQ(joined({8, 0, 6, 0, ""}, {0, 0, 3, 0, ""}),
            (record{8, 0, 6, 0, ""}));
}

TEST(Join, TimesBelowZeroAreNone) {
  EXPECT_EQ(joined({}, {-5, -1, -1, -7, "x"}), record{});
}

// Few values, so that ties are frequent; only records that a join can make.
class JoinProperty : public testing::Test {
protected:
  stamp any_time() {
    return std::uniform_int_distribution<stamp>{0, 4}(random_);
  }

  record any() {
    constexpr const char* states[] = {"", "a", "b", "\xff"};
    record raw{any_time(), any_time(), any_time(), any_time(), ""};
    if (raw.changed != 0)
      raw.state = states[std::uniform_int_distribution{0, 3}(random_)];
    record out;
    join(out, raw);
    return out;
  }

  std::mt19937 random_{1};
};

TEST_F(JoinProperty, Commutes) {
  for (auto i = 0; i < 20'000; ++i) {
    auto a = any();
    auto b = any();
    ASSERT_EQ(joined(a, b), joined(b, a)) << encode(a) << " and " << encode(b);
  }
}

TEST_F(JoinProperty, Associates) {
  for (auto i = 0; i < 20'000; ++i) {
    auto a = any();
    auto b = any();
    auto c = any();
    ASSERT_EQ(joined(joined(a, b), c), joined(a, joined(b, c)))
      << encode(a) << ", " << encode(b) << ", " << encode(c);
  }
}

TEST_F(JoinProperty, ChangesNothingTheSecondTime) {
  for (auto i = 0; i < 20'000; ++i) {
    auto a = any();
    auto b = any();
    auto once = joined(a, b);
    auto twice = once;
    ASSERT_FALSE(join(twice, b)) << encode(a) << " and " << encode(b);
    ASSERT_EQ(twice, once);
  }
}

TEST_F(JoinProperty, OrderOfManyDoesNotMatter) {
  for (auto i = 0; i < 500; ++i) {
    std::vector<record> events(8);
    std::generate(events.begin(), events.end(), [this] { return any(); });
    record forward;
    for (auto& x : events)
      join(forward, x);
    std::shuffle(events.begin(), events.end(), random_);
    record shuffled;
    for (auto& x : events)
      join(shuffled, x);
    ASSERT_EQ(forward, shuffled);
  }
}

} // namespace
} // namespace lastseen
