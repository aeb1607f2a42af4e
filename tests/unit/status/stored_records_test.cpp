#include "status/stored_records.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

const record idle{1'627'107'289'123, 0, 0, 0, ""};
const record busy{1, 2, 0, 3, "a state that is too long to be kept in place"};

TEST(StoredRecords, GiveBackWhatWasAdded) {
  stored_records x;
  EXPECT_TRUE(x.empty());
  x.add("16271072891230000000000000");
  x.add("");
  x.add(busy);
  ASSERT_EQ(x.size(), 3u);
  EXPECT_EQ(x[0], idle);
  EXPECT_EQ(x.text(0), "16271072891230000000000000");
  EXPECT_EQ(x[1], record{});
  EXPECT_EQ(x.text(1), "");
  EXPECT_EQ(x[2], busy);
}

TEST(StoredRecords, AnEmptyRecordHasNoText) {
  stored_records x{{record{}, idle}};
  EXPECT_EQ(x.text(0), "");
  EXPECT_EQ(x[1], idle);
}

TEST(StoredRecords, CanBeReplaced) {
  stored_records x{{idle, busy, idle}};
  x.set(1, idle);
  x.set(2, busy);
  x.set(0, "");
  EXPECT_EQ(x, (stored_records{{{}, idle, busy}}));
  EXPECT_FALSE(x == (stored_records{{{}, idle, idle}}));
  EXPECT_FALSE(x == (stored_records{{{}, idle}}));
}

TEST(StoredRecords, GrowByEmptyOnes) {
  stored_records x;
  x.resize(2);
  x.set(1, busy);
  EXPECT_EQ(x[0], record{});
  EXPECT_EQ(x[1], busy);
}

} // namespace
} // namespace lastseen
