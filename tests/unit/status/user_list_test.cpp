#include "status/user_list.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

TEST(UserList, IsEmptyAtFirst) {
  user_list x;
  EXPECT_TRUE(x.empty());
  EXPECT_EQ(x.size(), 0u);
}

TEST(UserList, GivesBackWhatWasAddedInOrder) {
  user_list x;
  x.add("alice");
  x.add("");
  x.add(std::string_view{"a\0b", 3});
  x.add("alice");
  ASSERT_EQ(x.size(), 4u);
  EXPECT_FALSE(x.empty());
  EXPECT_EQ(x[0], "alice");
  EXPECT_EQ(x[1], "");
  EXPECT_EQ(x[2], (std::string_view{"a\0b", 3}));
  EXPECT_EQ(x[3], "alice");
}

TEST(UserList, HoldsAnEmptyNameAlone) {
  user_list x;
  x.add("");
  ASSERT_EQ(x.size(), 1u);
  EXPECT_EQ(x[0], "");
}

TEST(UserList, CanBeFilledAgainAfterClear) {
  user_list x;
  x.reserve(10, 100);
  x.add("alice");
  x.clear();
  EXPECT_TRUE(x.empty());
  x.add("bob");
  EXPECT_EQ(x[0], "bob");
}

TEST(UserList, HoldsManyLongNames) {
  user_list x;
  for (auto i = 0; i < 10'000; ++i)
    x.add(std::string(512, static_cast<char>('a' + i % 26)));
  ASSERT_EQ(x.size(), 10'000u);
  EXPECT_EQ(x[9'999], std::string(512, static_cast<char>('a' + 9'999 % 26)));
}

} // namespace
} // namespace lastseen
