#include "redis/moving_store.hpp"
#include "redis/status_store.hpp"
#include "status/jump_hash.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

// A list of four Redis servers becomes one of five.

namespace lastseen::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr auto hour = stamp{3'600'000};

class MovingShards : public testing::Test {
protected:
  explicit MovingShards(milliseconds delete_guard = hours{1}) {
    std::vector<std::shared_ptr<store>> stores;
    for (auto& server : servers_) {
      redis::store_options options;
      options.address = server.address();
      options.keep = {hours{24}, delete_guard};
      stores.push_back(redis::make_store(io_.context(), options));
    }
    std::vector<std::shared_ptr<store>> previous{stores.begin(),
                                                 stores.end() - 1};
    for (auto& x : stores)
      shards_.emplace_back(
        redis::make_moving_store(io_.context(), x, previous, delete_guard));
  }

  static std::size_t shard_before(std::string_view user) {
    return shard_of(user, 4);
  }

  static std::size_t shard_now(std::string_view user) {
    return shard_of(user, 5);
  }

  // A user that moved from this shard.
  static std::string moved_from(std::size_t shard) {
    for (auto i = 0;; ++i)
      if (auto user = std::to_string(i);
          shard_now(user) == 4 && shard_before(user) == shard)
        return user;
  }

  store_under_test& shard(std::string_view user) {
    return shards_[shard_now(user)];
  }

  static std::string key(const std::string& user) {
    return "lastseen.user_status." + user;
  }

  void put(std::size_t server, const std::string& user, const record& x) {
    servers_[server].command({"SET", key(user), encode(x)});
  }

  record stored(std::size_t server, const std::string& user) {
    auto text = servers_[server].command({"GET", key(user)});
    return decode(text).value_or(record{});
  }

  context_thread io_;
  std::array<redis_server, 5> servers_;
  std::vector<store_under_test> shards_;
};

TEST_F(MovingShards, NothingIsForgottenAndAFifthMoves) {
  constexpr auto count = 500;
  auto t = shards_[4].now();
  // Older than a delete is remembered: a new record would drop it.
  record old{t - 2 * hour, t - 3 * hour, 0, t - 4 * hour, "away"};
  for (auto i = 0; i < count; ++i)
    put(shard_before(std::to_string(i)), std::to_string(i), old);
  for (auto i = 0; i < count; ++i)
    EXPECT_EQ(shard(std::to_string(i)).read(std::to_string(i)), old) << i;
  std::vector<std::vector<status_write>> batches(5);
  for (auto i = 0; i < count; ++i) {
    auto user = std::to_string(i);
    batches[shard_now(user)].push_back({user, {0, t, 0, 0, ""}});
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    auto report = shards_[i].write(std::move(batches[i]));
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->failed.empty());
  }
  auto updated = old;
  updated.online = t;
  auto moved = 0;
  for (auto i = 0; i < count; ++i) {
    auto user = std::to_string(i);
    EXPECT_EQ(shard(user).read(user), updated);
    // Nodes with one of the lists only have the same to read.
    EXPECT_EQ(stored(shard_before(user), user), updated);
    EXPECT_EQ(stored(shard_now(user), user), updated);
    moved += shard_before(user) != shard_now(user);
  }
  EXPECT_NEAR(moved, 100, 25);
  EXPECT_EQ(servers_[4].command({"DBSIZE"}), std::to_string(moved));
}

TEST_F(MovingShards, ADeleteIsOnBothServersAndNothingComesBack) {
  auto user = moved_from(1);
  auto& x = shard(user);
  auto t = x.now();
  put(1, user, {t - 5, 0, 0, 0, ""});
  x.write(user, {0, t - 1, 0, 0, ""});
  x.write(user, {0, 0, t, 0, ""});
  x.write(user, {t - 1, 0, 0, 0, ""});
  record gone{0, 0, t, 0, ""};
  EXPECT_EQ(x.read(user), gone);
  EXPECT_EQ(stored(1, user), gone);
  EXPECT_EQ(stored(4, user), gone);
}

TEST_F(MovingShards, APreviousServerThatIsAwayFailsItsUsersOnly) {
  auto lost = moved_from(1), served = moved_from(2);
  auto& x = shard(lost);
  auto t = x.now();
  servers_[1].kill9();
  record update{t, 0, 0, 0, ""};
  std::vector<status_write> batch{{lost, update}, {served, update}};
  auto name =
    "redis 127.0.0.1:" + std::to_string(servers_[1].address().port) + ": ";
  auto written = x.write(batch);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->failed, std::vector<std::uint32_t>{0});
  EXPECT_TRUE(written->cause.what.starts_with(name)) << written->cause.what;
  user_list users;
  users.add(lost);
  users.add(served);
  auto found = x.read(users);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->failed, std::vector<std::uint32_t>{0});
  EXPECT_TRUE(found->cause.what.starts_with(name)) << found->cause.what;
  EXPECT_EQ(found->records[1], update);

  servers_[1].start();
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!written || !written->failed.empty()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    written = x.write(batch);
  }
  EXPECT_EQ(x.read(lost), update);
  EXPECT_EQ(stored(1, lost), update);
}

class MovingShardsThatForgetDeletes : public MovingShards {
protected:
  static constexpr milliseconds delete_guard{1500};

  MovingShardsThatForgetDeletes() : MovingShards{delete_guard} {}
};

// By a node with the old list; nobody asks until the old server has forgotten.
TEST_F(MovingShardsThatForgetDeletes, OneOnTheOldServerIsForGood) {
  auto user = moved_from(1);
  auto& x = shard(user);
  auto t = x.now();
  x.write(user, {t, 0, 0, 0, ""});
  auto expiry = std::to_string(delete_guard.count());
  servers_[1].command(
    {"SET", key(user), encode({0, 0, t, 0, ""}), "PX", expiry});
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (servers_[1].command({"EXISTS", key(user)}) != "0")
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(x.read(user).active, 0);
}

} // namespace
} // namespace lastseen::test
