#include "tests/integration/cluster/cluster_load.hpp"

// What only the store on a Cluster does, in a quiet one.

namespace lastseen::test {
namespace {

class ClusterStore : public cluster_test {
protected:
  redis_cluster servers_{3};
};

std::vector<status_write> batch_of(std::size_t users, stamp t) {
  std::vector<status_write> batch;
  for (std::size_t i = 0; i < users; ++i)
    batch.push_back({"user:" + std::to_string(i), {t, 0, 0, 0, ""}});
  return batch;
}

user_list list_of(std::size_t users) {
  user_list list;
  for (std::size_t i = 0; i < users; ++i)
    list.add("user:" + std::to_string(i));
  return list;
}

TEST_F(ClusterStore, SpreadsUsersOverAllMastersAndReadsThemInOrder) {
  store_under_test x{make(servers_)};
  EXPECT_EQ(x.raw().name(),
            "redis cluster 127.0.0.1:" + std::to_string(servers_[0].port()));
  auto t = x.now();
  auto written = x.write(batch_of(1000, t));
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(written->changed, 1000u);
  EXPECT_TRUE(written->failed.empty());
  std::size_t sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    auto keys = std::stoul(servers_[i].command({"DBSIZE"}));
    EXPECT_GT(keys, 200u);
    sum += keys;
  }
  EXPECT_EQ(sum, 1000u);
  x.write("user:7", {0, 0, 0, t, "dnd"});
  auto found = x.read(list_of(1001));
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->records[7], (record{t, 0, 0, t, "dnd"}));
  EXPECT_EQ(found->records[999], (record{t, 0, 0, 0, ""}));
  EXPECT_EQ(found->records[1000], record{});
}

TEST_F(ClusterStore, HashTagsOfUsersAndPrefixesDecideAsRedisDoes) {
  for (auto prefix : {"lastseen", "{app}.x", "a{}b", "{open"}) {
    auto opts = options(servers_);
    opts.prefix = prefix;
    store_under_test x{redis::make_cluster_store(io_.context(), opts)};
    auto t = x.now();
    for (auto user : {"{1}a", "{1}b", "a{}{1}", "{", "}{1}", "", "x{{1}}"}) {
      x.write(user, {t, 0, 0, 0, ""});
      EXPECT_EQ(x.read(user).active, t) << prefix << user;
      auto key = std::string{prefix} + ".user_status." + user;
      EXPECT_EQ(servers_.command({"EXISTS", key}, key), "1");
    }
  }
}

// No redirect: the map and the slots were right at once.
TEST_F(ClusterStore, SendsEveryCommandToTheRightNode) {
  store_under_test x{make(servers_)};
  ASSERT_TRUE(x.write(batch_of(500, x.now())));
  for (std::size_t i = 0; i < 3; ++i) {
    auto errors = servers_[i].command({"INFO", "errorstats"});
    EXPECT_EQ(errors.find("MOVED"), errors.npos) << errors;
  }
}

TEST_F(ClusterStore, LoadsTheScriptWhereItIsMissing) {
  store_under_test x{make(servers_)};
  for (std::size_t i = 0; i < 3; ++i)
    servers_[i].command({"SCRIPT", "FLUSH"});
  auto written = x.write(batch_of(300, x.now()));
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(written->changed, 300u);
  EXPECT_TRUE(written->failed.empty()) << written->cause.what;
}

TEST_F(ClusterStore, AKeyOfAnotherTypeCountsAsNothingStored) {
  store_under_test x{make(servers_)};
  servers_.command({"RPUSH", key_of("a"), "x"}, key_of("a"));
  user_list users;
  users.add("a");
  auto found = x.read(std::move(users));
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->records[0], record{});
  EXPECT_EQ(found->unparsable, 1u);
  EXPECT_EQ(x.write("a", {x.now(), 0, 0, 0, ""}).unparsable, 1u);
}

TEST_F(ClusterStore, TheClockIsAheadOfNoMaster) {
  store_under_test x{make(servers_)};
  auto wall = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
  for (auto i = 0; i < 50; ++i) {
    auto report = x.write(batch_of(20, 1'600'000'000'000));
    ASSERT_TRUE(report) << report.error().what;
    auto& clock = report->clock;
    auto age = boot_clock::now() - clock.received;
    EXPECT_LE(clock.server + age.count(), wall());
    EXPECT_LE(clock.sent, clock.received);
    EXPECT_GE(clock.server + (boot_clock::now() - clock.sent).count() + 1,
              wall() - 1000);
  }
}

// How much is not known of the clocks, in microseconds.
std::int64_t doubt(const clock_sample& clock) {
  return (clock.received - clock.sent).count();
}

TEST_F(ClusterStore, LearnsTheClocksFromWrites) {
  for (std::size_t i = 0; i < 3; ++i)
    servers_[i].command({"CLIENT", "PAUSE", "300", "ALL"});
  store_under_test x{make(servers_)};
  EXPECT_GT(doubt(x.link().clock), 100'000);
  auto report = x.write(batch_of(50, 1'600'000'000'000));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_LT(doubt(report->clock), 100'000);
}

TEST_F(ClusterStore, LearnsNoClockFromTheListOfNodes) {
  store_under_test x{make(servers_)};
  auto& registry = dynamic_cast<node_registry&>(x.raw());
  for (const auto* id : {"1", "2", "3", "4", "5", "6", "7"}) {
    std::promise<result<std::vector<std::string>>> promise;
    auto got = promise.get_future();
    registry.exchange_nodes(id, id, [&](auto all) { promise.set_value(all); });
    ASSERT_TRUE(wait_for(std::move(got)));
    auto report = x.write(batch_of(1, 1'600'000'000'000));
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_GT(report->clock.server, 1'600'000'000'000'000) << id << " nodes";
  }
}

TEST_F(ClusterStore, AUserOfADeadMasterFailsAndTheOthersAreServed) {
  store_under_test x{make(servers_)};
  auto t = x.now();
  ASSERT_TRUE(x.write(batch_of(300, t)));
  std::set<std::uint32_t> lost;
  auto& victim = servers_[1];
  for (std::uint32_t i = 0; i < 300; ++i)
    if (&servers_.master_of(key_of("user:" + std::to_string(i))) == &victim)
      lost.insert(i);
  ASSERT_FALSE(lost.empty());
  // So that the others do not refuse to serve.
  for (std::size_t i : {0u, 2u})
    servers_[i].command(
      {"CONFIG", "SET", "cluster-require-full-coverage", "no"});
  victim.kill9();
  auto expected = std::vector<std::uint32_t>{lost.begin(), lost.end()};
  auto name = "redis 127.0.0.1:" + std::to_string(victim.port());
  auto fast = 0;
  EXPECT_TRUE(eventually([&] {
    auto began = std::chrono::steady_clock::now();
    auto time = x.now();
    auto written = x.write(batch_of(300, time));
    auto found = x.read(list_of(300));
    if (!written || !found)
      return false;
    EXPECT_EQ(written->failed, expected);
    EXPECT_TRUE(written->cause.what.starts_with(name)) << written->cause.what;
    EXPECT_EQ(found->failed, expected);
    EXPECT_TRUE(found->cause.what.starts_with(name)) << found->cause.what;
    for (std::uint32_t i = 0; i < 300; ++i)
      EXPECT_EQ(found->records[i].active, lost.contains(i) ? 0 : time) << i;
    // Nobody waits for the dead one any more.
    fast +=
      std::chrono::steady_clock::now() - began < std::chrono::milliseconds{500};
    return fast == 3;
  }));
  victim.start();
  EXPECT_TRUE(eventually([&] {
    auto written = x.write(batch_of(300, x.now()));
    return written && written->failed.empty();
  }));
}

TEST_F(ClusterStore, AMasterThatStandsStillDoesNotHoldUpTheOthersForLong) {
  auto opts = options(servers_);
  opts.seeds[0].io_timeout = std::chrono::seconds{4};
  store_under_test x{redis::make_cluster_store(io_.context(), opts)};
  ASSERT_TRUE(x.write(batch_of(300, x.now())));
  for (std::size_t i = 0; i < 3; ++i)
    servers_[i].command(
      {"CONFIG", "SET", "cluster-require-full-coverage", "no"});
  servers_[2].pause();
  auto t = x.link().clock.server / 1000;
  auto began = std::chrono::steady_clock::now();
  auto first = x.write(batch_of(300, t));
  auto second = x.write(batch_of(300, t));
  auto took = std::chrono::steady_clock::now() - began;
  servers_[2].resume();
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_FALSE(first->failed.empty());
  EXPECT_EQ(second->failed, first->failed);
  EXPECT_NE(first->cause.what.find("no answer within 2000ms"),
            first->cause.what.npos)
    << first->cause.what;
  // Half of `io_timeout` for the first, nothing for the second.
  EXPECT_LT(took, std::chrono::milliseconds{3900});
  EXPECT_TRUE(eventually([&] {
    auto again = x.write(batch_of(300, t));
    return again && again->failed.empty();
  }));
}

TEST_F(ClusterStore, WithoutAnyNodeTheLinkIsDownAndComesBack) {
  store_under_test x{make(servers_)};
  ASSERT_TRUE(x.write(batch_of(30, x.now())));
  for (std::size_t i = 0; i < 3; ++i)
    servers_[i].kill9();
  EXPECT_TRUE(eventually([&] { return !x.write(batch_of(30, 1)); }));
  auto refused = x.write(batch_of(30, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::unavailable);
  EXPECT_TRUE(refused.error().what.starts_with("redis cluster 127.0.0.1:"))
    << refused.error().what;
  for (std::size_t i = 0; i < 3; ++i)
    servers_[i].start();
  EXPECT_TRUE(eventually(
    [&] {
      auto written = x.write(batch_of(30, 1));
      return written && written->failed.empty();
    },
    std::chrono::seconds{30}));
}

class ClusterReplicas : public cluster_test {
protected:
  std::unique_ptr<store> make(std::uint32_t replicas) {
    auto x = options(servers_);
    x.wait_replicas = replicas;
    return redis::make_cluster_store(io_.context(), x);
  }

  static std::vector<status_write> awaited_batch(stamp t) {
    auto batch = batch_of(300, t);
    for (auto& x : batch)
      x.awaited = true;
    return batch;
  }

  redis_cluster servers_{3, true};
};

TEST_F(ClusterReplicas, UpdatesAreConfirmedByTheReplicasOfTheirMasters) {
  store_under_test x{make(1)};
  auto written = x.write(awaited_batch(x.now()));
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_TRUE(written->failed.empty());
  EXPECT_FALSE(written->unconfirmed) << written->unconfirmed->what;
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(
      servers_[i].command({"INFO", "commandstats"}).find("cmdstat_wait:calls="),
      std::string::npos);
}

TEST_F(ClusterReplicas, UpdatesThatTooFewHaveAreStoredAndNotConfirmed) {
  store_under_test x{make(2)};
  auto t = x.now();
  auto written = x.write(awaited_batch(t));
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_TRUE(written->failed.empty());
  ASSERT_TRUE(written->unconfirmed);
  EXPECT_NE(written->unconfirmed->what.find("1 of 2 replicas"),
            std::string::npos)
    << written->unconfirmed->what;
  EXPECT_EQ(x.read("user:7").active, t);
}

} // namespace
} // namespace lastseen::test
