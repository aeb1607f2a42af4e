#include "actors/user_count.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace lastseen {
namespace {

TEST(UserCount, CountsUsersNotConnections) {
  user_count users;
  users.enter("42");
  users.enter("42");
  users.enter("43");
  EXPECT_EQ(users.size(), 2u);
  users.leave("42");
  EXPECT_EQ(users.size(), 2u);
  users.leave("42");
  users.leave("43");
  EXPECT_EQ(users.size(), 0u);
  users.leave("44"); // never came
  EXPECT_EQ(users.size(), 0u);
}

TEST(UserCount, CountsFromSeveralThreads) {
  user_count users;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k)
        users.enter(std::to_string(k));
      for (int k = 0; k < 900; ++k)
        users.leave(std::to_string(k));
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(users.size(), 100u);
}

} // namespace
} // namespace lastseen
