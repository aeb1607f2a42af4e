#include "redis/status_store.hpp"
#include "status/node_registry.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <set>
#include <string>
#include <vector>

// What only the Redis store does: keys, scripts, types, replies of a server.

namespace lastseen::test {
namespace {

using std::chrono::hours;

class RedisStore : public testing::Test {
protected:
  redis::store_options options() {
    redis::store_options x;
    x.address = server_.address();
    x.keep = {hours{24}, hours{1}};
    return x;
  }

  store_under_test open() {
    return store_under_test{redis::make_store(io_.context(), options())};
  }

  std::string get(const std::string& user) {
    return server_.command({"GET", "lastseen.user_status." + user});
  }

  long long pttl(const std::string& user) {
    auto text = server_.command({"PTTL", "lastseen.user_status." + user});
    return std::atoll(text.c_str());
  }

  redis_server server_;
  context_thread io_;
};

record active_at(stamp t) {
  return record{t, 0, 0, 0, ""};
}

TEST_F(RedisStore, IsWhereNodesKnowOfEachOther) {
  auto x = open();
  auto& registry = dynamic_cast<node_registry&>(x.raw());
  auto exchange = [&](const char* id, const char* about) {
    std::promise<result<std::vector<std::string>>> got;
    registry.exchange_nodes(id, about, [&](auto all) { got.set_value(all); });
    auto all = got.get_future().get();
    if (!all) {
      ADD_FAILURE() << all.error().what;
      return std::set<std::string>{};
    }
    return std::set<std::string>{all->begin(), all->end()};
  };
  using names = std::set<std::string>;
  EXPECT_EQ(exchange("1", "a b"), names{"a b"});
  EXPECT_EQ(exchange("2", "c"), (names{"a b", "c"}));
  EXPECT_EQ(exchange("1", "d"), (names{"c", "d"}));
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  server_.command({"HSET", "lastseen.nodes", "2",
                   std::to_string(now - 60) + " c", "3", "nonsense"});
  EXPECT_EQ(exchange("1", "d"), names{"d"});
  EXPECT_EQ(server_.command({"HLEN", "lastseen.nodes"}), "1");
}

TEST_F(RedisStore, TellsItsNameAndTheServersClock) {
  auto x = open();
  EXPECT_EQ(x.raw().name(),
            "redis 127.0.0.1:" + std::to_string(server_.port()));
  auto now = std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  EXPECT_NEAR(static_cast<double>(x.link().clock.server),
              static_cast<double>(now), 5e6);
  EXPECT_LE(x.link().clock.sent, x.link().clock.received);
  EXPECT_LT(x.link().clock.received - x.link().clock.sent,
            std::chrono::seconds{5});
}

TEST_F(RedisStore, ValuesAndKeysAreAsDocumented) {
  auto x = open();
  auto t = x.now();
  auto digits = std::to_string(t);
  x.write("alice", {t, 0, 0, 0, ""});
  EXPECT_EQ(get("alice"), digits + "0000000000000");
  x.write("alice", {0, t, 0, t, "dnd"});
  EXPECT_EQ(get("alice"), digits + digits + ":" + digits + "dnd");
  x.write("bob", {0, 0, t, 0, ""});
  EXPECT_EQ(get("bob"), "00000000000000000000000000D" + digits);
}

TEST_F(RedisStore, KeysLiveWhatIsLeftFromTheNewestTime) {
  auto x = open();
  auto t = x.now();
  auto day = std::chrono::milliseconds{hours{24}}.count();
  auto hour = std::chrono::milliseconds{hours{1}}.count();
  x.write({{"now", active_at(t)},
           {"older", active_at(t - 1'000'000)},
           {"deleted", {0, 0, t, 0, ""}}});
  EXPECT_NEAR(static_cast<double>(pttl("now")), static_cast<double>(day),
              2'000);
  EXPECT_NEAR(static_cast<double>(pttl("older")),
              static_cast<double>(day - 1'000'000), 2'000);
  EXPECT_NEAR(static_cast<double>(pttl("deleted")), static_cast<double>(hour),
              2'000);
}

TEST_F(RedisStore, AMergeThatChangesNothingLeavesTheTimeToLive) {
  auto x = open();
  auto t = x.now();
  x.write("alice", active_at(t));
  server_.command({"PEXPIRE", "lastseen.user_status.alice", "12345"});
  EXPECT_EQ(x.write("alice", active_at(t)).changed, 0u);
  EXPECT_LE(pttl("alice"), 12345);
}

TEST_F(RedisStore, AKeyOfAnotherTypeIsOverwrittenAndCounted) {
  auto x = open();
  auto t = x.now();
  auto key = std::string{"lastseen.user_status.alice"};
  for (auto& make : {std::vector<std::string>{"RPUSH", key, "x"},
                     {"HSET", key, "a", "b"},
                     {"SADD", key, "x"},
                     {"ZADD", key, "1", "x"},
                     {"XADD", key, "*", "a", "b"}}) {
    server_.command({"DEL", key});
    server_.command(make);
    EXPECT_EQ(x.read("alice"), record{});
    auto report = x.write("alice", active_at(t));
    EXPECT_EQ(report.changed, 1u);
    EXPECT_EQ(report.unparsable, 1u);
    EXPECT_EQ(x.read("alice"), active_at(t));
    EXPECT_GT(pttl("alice"), 0);
  }
}

TEST_F(RedisStore, AKeyOfAnotherTypeStaysWhereNothingIsWritten) {
  auto x = open();
  server_.command({"RPUSH", "lastseen.user_status.alice", "x"});
  auto report = x.write("alice", active_at(1));
  EXPECT_EQ(report.changed, 0u);
  EXPECT_EQ(report.expired, 1u);
  EXPECT_EQ(report.unparsable, 1u);
  EXPECT_EQ(server_.command({"TYPE", "lastseen.user_status.alice"}), "list");
}

TEST_F(RedisStore, AValueThatDoesNotParseIsOverwrittenAndCounted) {
  auto x = open();
  auto t = x.now();
  for (auto value : {"", "x", "1627107289", "1627107289123162710728912x",
                     "16271072891231627107289123x",
                     "16271072891231627107289123D162710728912",
                     "16271072891231627107289123:162710728912x",
                     "16271072891231627107289123D1627107289123x",
                     "16271072891231627107289123D16271072891231"}) {
    server_.command({"SET", "lastseen.user_status.alice", value});
    user_list users;
    users.add("alice");
    auto read = x.read(std::move(users));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->unparsable, 1u) << value;
    EXPECT_EQ(read->records[0], record{});
    auto report = x.write("alice", active_at(t));
    EXPECT_EQ(report.changed, 1u) << value;
    EXPECT_EQ(report.unparsable, 1u) << value;
    EXPECT_EQ(x.read("alice"), active_at(t));
  }
}

TEST_F(RedisStore, AForgottenScriptIsLoadedAgain) {
  auto x = open();
  auto t = x.now();
  for (auto i = 1; i < 4; ++i) {
    ASSERT_EQ(server_.command({"SCRIPT", "FLUSH"}), "OK");
    EXPECT_EQ(x.write("alice", active_at(t - 10 + i)).changed, 1u);
    EXPECT_EQ(x.read("alice"), active_at(t - 10 + i));
  }
  EXPECT_TRUE(server_.command({"INFO", "commandstats"})
                .find("cmdstat_script|load:calls=4,")
              != std::string::npos);
}

TEST_F(RedisStore, PipelinedBatchesAllSurviveAForgottenScript) {
  auto x = open();
  auto t = x.now();
  server_.command({"SCRIPT", "FLUSH"});
  std::vector<std::future<bool>> answers;
  for (auto i = 0; i < 20; ++i) {
    auto promise = std::make_shared<std::promise<bool>>();
    answers.push_back(promise->get_future());
    x.raw().write(
      store_under_test::share({{"u" + std::to_string(i), active_at(t)}}),
      [promise](const result<write_report>& report) {
        promise->set_value(report && report->changed == 1);
      });
  }
  for (auto& answer : answers) {
    ASSERT_EQ(answer.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(answer.get());
  }
}

TEST_F(RedisStore, AServerThatCannotWriteIsNotReady) {
  auto x = open();
  auto t = x.now();
  auto expect_not_ready = [&](std::string_view why) {
    auto report = x.write({{"alice", active_at(t)}});
    ASSERT_FALSE(report) << why;
    EXPECT_EQ(report.error().code, ec::not_ready) << report.error().what;
    auto start = x.raw().name() + ": EVALSHA: " + std::string{why};
    EXPECT_TRUE(report.error().what.starts_with(start)) << report.error().what;
  };
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  expect_not_ready("OOM");
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  server_.command({"REPLICAOF", "127.0.0.1", "1"});
  expect_not_ready("READONLY");
  server_.command({"REPLICAOF", "NO", "ONE"});
  server_.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  expect_not_ready("NOREPLICAS");
  server_.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  server_.command({"ACL", "SETUSER", "default", "-evalsha"});
  expect_not_ready("NOPERM");
  server_.command({"ACL", "SETUSER", "default", "+evalsha"});
  EXPECT_EQ(x.write("alice", active_at(t)).changed, 1u);
}

TEST_F(RedisStore, ABatchBeyondTheLimitIsRejected) {
  auto x = open();
  std::vector<status_write> batch;
  batch.reserve(9'000);
  for (auto i = 0; i < 9'000; ++i)
    batch.push_back(
      {"u" + std::to_string(i), active_at(x.link().clock.server / 1000)});
  auto report = x.write(std::move(batch));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ec::rejected);
}

TEST_F(RedisStore, UnixSocketDatabaseAndNameAreUsed) {
  auto with = options();
  with.address = server_.unix_address();
  with.address.db = 3;
  with.client_name = "lastseen-test";
  with.prefix = "other";
  store_under_test x{redis::make_store(io_.context(), with)};
  EXPECT_TRUE(x.raw().name().starts_with("redis /")) << x.raw().name();
  auto t = x.now();
  x.write("alice", active_at(t));
  EXPECT_EQ(server_.command({"DBSIZE"}), "0");
  server_.command({"SELECT", "3"});
  EXPECT_EQ(server_.command({"KEYS", "*"}), "other.user_status.alice");
  EXPECT_NE(server_.command({"CLIENT", "LIST"}).find("name=lastseen-test "),
            std::string::npos);
}

} // namespace
} // namespace lastseen::test
