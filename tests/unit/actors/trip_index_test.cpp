#include "actors/trip_index.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

struct trip_index_test : testing::Test {
  // As whoever fills a trip does.
  std::uint32_t place(const std::string& user) {
    auto at = index.place_of(user, users);
    if (at == users.size() && at < trip_index::max_users)
      users.add(user);
    return at;
  }

  trip_index index;
  user_list users;
};

using TripIndexTest = trip_index_test;

TEST_F(TripIndexTest, FindsEachUserWhereItIs) {
  for (std::uint32_t i = 0; i < trip_index::max_users; ++i)
    EXPECT_EQ(place("user" + std::to_string(i)), i);
  for (std::uint32_t i = 0; i < trip_index::max_users; ++i)
    EXPECT_EQ(place("user" + std::to_string(i)), i);
}

TEST_F(TripIndexTest, TellsUsersOfEveryLengthApart) {
  // Of each length two that differ in one byte, wherever it is.
  std::uint32_t n = 0;
  for (std::size_t size = 1; size <= 30; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string user(size, 'x');
      user[at] = 'y';
      EXPECT_EQ(place(user), n);
      EXPECT_EQ(place(user), n);
      ++n;
    }
}

TEST_F(TripIndexTest, AFullListTakesNobodyMore) {
  for (std::size_t i = 0; i < trip_index::max_users; ++i)
    place(std::to_string(i));
  EXPECT_EQ(place("another"), trip_index::max_users);
  EXPECT_EQ(place("999"), 999u);
}

TEST_F(TripIndexTest, ForgetsAllWhenCleared) {
  EXPECT_EQ(place("a"), 0u);
  EXPECT_EQ(place("b"), 1u);
  index.clear();
  users.clear();
  EXPECT_EQ(place("b"), 0u);
  EXPECT_EQ(place("a"), 1u);
}

} // namespace
} // namespace lastseen
