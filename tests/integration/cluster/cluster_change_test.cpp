#include "tests/integration/cluster/cluster_load.hpp"

// A Cluster that changes under load.

namespace lastseen::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class ClusterChange : public cluster_test {};

constexpr std::size_t users = 200;

TEST_F(ClusterChange, ReshardingUnderLoadFailsAndLosesNothing) {
  redis_cluster servers{3};
  store_under_test x{make(servers)};
  load running{x, users};
  running.start();
  ASSERT_TRUE(eventually([&] { return running.rounds() > 3; }));
  auto extra = servers.add_node();
  // Half of all slots, to a node that the store does not know and to one that
  // it knows.
  ASSERT_TRUE(servers.reshard(0, extra, 4096));
  ASSERT_TRUE(servers.reshard(1, 2, 4096));
  auto rounds = running.rounds();
  ASSERT_TRUE(eventually([&] { return running.rounds() > rounds + 3; }));
  running.stop();
  EXPECT_EQ(running.failures(), 0u) << running.cause();
  EXPECT_EQ(running.stale(), 0u);
  EXPECT_GT(std::stoul(servers[extra].command({"DBSIZE"})), 0u);
  for (auto& [user, time] : running.known())
    EXPECT_EQ(x.read(std::to_string(user)).active, time);
}

TEST_F(ClusterChange, AfterAFailoverWritesGoToTheNewMasterAtOnce) {
  redis_cluster servers{3, true};
  store_under_test x{make(servers)};
  load running{x, users};
  running.start();
  ASSERT_TRUE(eventually([&] { return running.rounds() > 3; }));
  auto user = std::size_t{0};
  auto key = key_of(std::to_string(user));
  auto& victim = servers.master_of(key);
  auto victim_index = servers.index_of(victim);
  auto other = victim_index == 0 ? 1 : 0;
  victim.kill9();
  // The moment at which another node knows of the promotion.
  redis_server* promoted = nullptr;
  ASSERT_TRUE(eventually(
    [&] {
      promoted = &servers.master_of(key, static_cast<std::size_t>(other));
      return promoted != &victim;
    },
    30s));
  auto at = clock::now();
  ASSERT_TRUE(eventually([&] { return running.acknowledged(user) > at; }, 10s));
  EXPECT_LT(running.acknowledged(user) - at, 1s);
  auto rounds = running.rounds();
  ASSERT_TRUE(eventually([&] { return running.rounds() > rounds + 3; }));
  auto failures = running.failures();
  ASSERT_TRUE(eventually([&] { return running.rounds() > rounds + 6; }));
  EXPECT_EQ(running.failures(), failures) << running.cause();
  running.stop();
  EXPECT_EQ(promoted->command({"EXISTS", key}), "1");
}

} // namespace
} // namespace lastseen::test
