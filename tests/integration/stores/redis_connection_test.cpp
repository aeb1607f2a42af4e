#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

// The life of a connection, seen through the store.

namespace lastseen::test {
namespace {

using RedisConnection = redis_connection;

TEST_F(RedisConnection, ComesBackWithTheServer) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  for (auto round = 0; round < 3; ++round) {
    EXPECT_GT(links.up().clock.server, 0);
    calls writes{1};
    auto t = wall_now();
    x->write(store_under_test::share({{"alice", {t, 0, 0, 0, ""}}}),
             writes.handler<write_report>(0));
    writes.wait();
    EXPECT_TRUE(writes.errors().empty());
    if (round % 2 == 0)
      server.kill9();
    else
      server.stop();
    EXPECT_EQ(links.down().cause.code, ec::unavailable);
    server.start();
  }
  links.up();
  close(*x);
}

TEST_F(RedisConnection, EveryHandlerIsCalledOnceWhenTheServerIsKilled) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  for (auto round = 0; round < 3; ++round) {
    links.up();
    constexpr std::size_t size = 2'000;
    calls all{size};
    for (std::size_t i = 0; i < size; ++i) {
      auto user = "u" + std::to_string(i);
      if (i % 2 == 0)
        x->read(one(user), all.handler<read_report>(i));
      else
        x->write(store_under_test::share({{user, {wall_now(), 0, 0, 0, ""}}}),
                 all.handler<write_report>(i));
      if (i == size / 2)
        server.kill9();
    }
    all.wait();
    all.expect_once_each();
    auto errors = all.errors();
    EXPECT_FALSE(errors.empty());
    for (auto& failed : errors)
      EXPECT_EQ(failed.code, ec::unavailable) << failed.what;
    server.start();
  }
  links.up();
  close(*x);
}

TEST_F(RedisConnection, AServerThatStandsStillTimesOutAndComesBack) {
  redis_server server;
  auto address = server.address();
  address.io_timeout = milliseconds{200};
  auto x = make(address);
  link_log links;
  x->open(links.handler());
  links.up();
  server.pause();
  constexpr std::size_t size = 100;
  calls reads{size};
  auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < size; ++i)
    x->read(one("alice"), reads.handler<read_report>(i));
  reads.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{199});
  reads.expect_once_each();
  auto errors = reads.errors();
  ASSERT_EQ(errors.size(), size);
  for (auto& failed : errors)
    EXPECT_EQ(failed.what, x->name() + ": MGET: timeout after 200ms");
  EXPECT_EQ(links.down().cause.what, errors[0].what);
  server.resume();
  links.up();
  calls again{1};
  x->read(one("alice"), again.handler<read_report>(0));
  again.wait();
  EXPECT_TRUE(again.errors().empty());
  close(*x);
}

TEST_F(RedisConnection, AnIdleConnectionDoesNotTimeOut) {
  redis_server server;
  auto address = server.address();
  address.io_timeout = milliseconds{20};
  store_under_test x{make(address)};
  auto first = server.command({"CLIENT", "LIST"});
  x.wait_until(x.now() + 10);
  // Nothing to wait for here: that nothing happens takes its time.
  std::this_thread::sleep_for(milliseconds{100});
  x.now();
  auto id = [](const std::string& list) { return list.substr(0, 6); };
  EXPECT_EQ(id(server.command({"CLIENT", "LIST"})), id(first));
}

TEST_F(RedisConnection, CloseAnswersWhatIsUnderWay) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  links.up();
  server.pause();
  constexpr std::size_t size = 50;
  calls all{size + 1};
  for (std::size_t i = 0; i < size; ++i)
    x->read(one("alice"), all.handler<read_report>(i));
  close(*x);
  x->read(one("alice"), all.handler<read_report>(size));
  all.wait();
  all.expect_once_each();
  ASSERT_EQ(all.errors().size(), size + 1);
  for (auto& failed : all.errors())
    EXPECT_EQ(failed.code, ec::stopped) << failed.what;
}

TEST_F(RedisConnection, CloseAndDestructionAreFineInEveryPhase) {
  redis_server server;
  parrot silent{""};
  config::redis_address refused;
  refused.port = 1;
  refused.host = "127.0.0.1";
  for (auto& address : {server.address(), silent.address(), refused}) {
    { auto never_opened = make(address); }
    {
      auto not_closed = make(address);
      not_closed->open([](const store_link&) {});
    }
    auto x = make(address);
    x->open([](const store_link&) {});
    close(*x);
  }
}

TEST_F(RedisConnection, ALargePipelineIsAnsweredInOrder) {
  redis_server server;
  store_under_test x{make(server.address())};
  auto t = x.now();
  std::vector<status_write> batch;
  batch.reserve(1'000);
  for (auto i = 0; i < 1'000; ++i)
    batch.push_back({"u" + std::to_string(i), {t - i, 0, 0, 0, ""}});
  ASSERT_TRUE(x.write(batch));
  constexpr std::size_t size = 200;
  calls reads{size};
  std::atomic<int> wrong = 0;
  for (std::size_t i = 0; i < size; ++i) {
    user_list users;
    for (std::size_t k = 0; k < 1'000; ++k)
      users.add("u" + std::to_string((i + k) % 1'000));
    x.raw().read(std::move(users), [&, i, done = reads.handler<read_report>(i)](
                                     const result<read_report>& report) {
      auto expected = t - static_cast<stamp>(i);
      if (!report || report->records[0].active != expected)
        ++wrong;
      done(report);
    });
  }
  reads.wait();
  reads.expect_once_each();
  EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace lastseen::test
