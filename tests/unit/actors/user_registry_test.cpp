#include "actors/user_registry.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr local_time start{1h};

TEST(UserRegistry, AllowsSoManyConnectionsOfOneUser) {
  user_registry users{{.connections = 2}};
  auto first = users.enter("42");
  auto second = users.enter("42");
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(users.enter("42"));
  EXPECT_TRUE(users.enter("43"));
  first.reset();
  EXPECT_TRUE(users.enter("42"));
}

TEST(UserRegistry, TakesOtherLimits) {
  user_registry users;
  auto first = users.enter("42");
  auto second = users.enter("42");
  users.limit({.connections = 2, .commands = {1, 1}});
  EXPECT_FALSE(users.enter("42"));
  EXPECT_TRUE(first->take_command(start));
  EXPECT_FALSE(second->take_command(start));
  users.limit({});
  EXPECT_TRUE(users.enter("42"));
  EXPECT_TRUE(second->take_command(start));
}

TEST(UserRegistry, GivesAMovedPlaceBackOnce) {
  user_registry users{{.connections = 1}};
  auto place = users.enter("42");
  auto moved = std::move(*place);
  place.reset();
  EXPECT_FALSE(users.enter("42"));
  std::optional<user_registry::place> other = users.enter("43");
  *other = std::move(moved);
  EXPECT_FALSE(users.enter("42"));
  other.reset();
  EXPECT_TRUE(users.enter("42"));
}

TEST(UserRegistry, SharesTheRatesOfAUserAmongItsConnections) {
  user_registry users{{.commands = {1, 3}, .updates = {1, 2}}};
  auto first = users.enter("42");
  auto second = users.enter("42");
  auto other = users.enter("43");
  EXPECT_TRUE(first->take_command(start));
  EXPECT_TRUE(second->take_command(start));
  EXPECT_TRUE(first->take_command(start));
  EXPECT_FALSE(second->take_command(start));
  EXPECT_TRUE(other->take_command(start));
  EXPECT_TRUE(first->take_update(start));
  EXPECT_TRUE(second->take_update(start));
  EXPECT_FALSE(first->take_update(start));
  EXPECT_TRUE(first->take_update(start + 1s));
}

TEST(UserRegistry, CountsRightFromManyThreads) {
  user_registry users{{.connections = 3}};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&users, i] {
      for (int n = 0; n < 1000; ++n)
        if (auto place = users.enter(std::to_string((i + n) % 5)))
          place->take_command(start);
    });
  for (auto& x : threads)
    x.join();
  for (int i = 0; i < 5; ++i) {
    auto user = std::to_string(i);
    auto a = users.enter(user);
    auto b = users.enter(user);
    auto c = users.enter(user);
    EXPECT_TRUE(a && b && c);
    EXPECT_FALSE(users.enter(user));
  }
}

} // namespace
} // namespace lastseen
