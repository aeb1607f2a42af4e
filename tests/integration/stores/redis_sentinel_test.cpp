#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_sentinel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

// A store on the master that sentinels name.

namespace lastseen::test {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

// One writer after another: each write that is answered goes on with the next.
class writer {
public:
  explicit writer(store& to) : to_{to}, thread_{[this] { run(); }} {}

  ~writer() {
    stop();
  }

  void stop() {
    stopped_ = true;
    if (thread_.joinable())
      thread_.join();
  }

  /// Waits for a write that began after `t` and was acknowledged.
  steady_clock::time_point acknowledged_after(steady_clock::time_point t) {
    std::unique_lock guard{mutex_};
    EXPECT_TRUE(
      changed_.wait_for(guard, 4 * patience, [&] { return begun_ > t; }))
      << "no write succeeds; the last failure: " << failure_;
    return acknowledged_;
  }

  std::string failure() {
    std::lock_guard guard{mutex_};
    return failure_;
  }

private:
  void run() {
    for (auto i = 0; !stopped_; ++i) {
      auto begun = steady_clock::now();
      std::promise<result<write_report>> promise;
      to_.write(
        store_under_test::share(
          {{"u" + std::to_string(i % 100), {wall_now(), 0, 0, 0, ""}}}),
        [&](result<write_report> x) { promise.set_value(std::move(x)); });
      auto answer = promise.get_future().get();
      {
        std::lock_guard guard{mutex_};
        if (answer) {
          begun_ = begun;
          acknowledged_ = steady_clock::now();
        } else {
          failure_ = answer.error().what;
        }
        changed_.notify_all();
      }
      if (!answer)
        std::this_thread::sleep_for(milliseconds{2});
    }
  }

  store& to_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  steady_clock::time_point begun_;
  steady_clock::time_point acknowledged_;
  std::string failure_;
  std::thread thread_;
};

class RedisSentinel : public redis_connection {
protected:
  // The first thing that a store with that address tells.
  store_link first_of(const config::redis_address& address) {
    auto x = make(address);
    link_log links;
    x->open(links.handler());
    auto first = links.next([](const store_link&) { return true; });
    close(*x);
    return first;
  }

  static milliseconds since(steady_clock::time_point t,
                            steady_clock::time_point end) {
    return std::chrono::duration_cast<milliseconds>(end - t);
  }
};

TEST_F(RedisSentinel, TheMasterIsFoundAndUsed) {
  sentinel_group group{1};
  store_under_test x{make(group.address())};
  EXPECT_EQ(x.raw().name(), "redis mymaster");
  auto t = x.now();
  x.write("alice", {t, 0, 0, 0, ""});
  EXPECT_EQ(x.read("alice").active, t);
  EXPECT_NE(group.server(0).command({"GET", "lastseen.user_status.alice"}),
            "(nil)");
}

TEST_F(RedisSentinel, AFailoverIsFollowedAtOnce) {
  sentinel_group group{2};
  auto x = make(group.address());
  link_log links;
  x->open(links.handler());
  links.up();
  {
    writer load{*x};
    auto* old = &group.server(0);
    for (auto round = 0; round < 3; ++round) {
      load.acknowledged_after(steady_clock::now());
      group.fail_over();
      auto& fresh = group.new_master(*old);
      auto promoted = steady_clock::now();
      links.up();
      auto back = load.acknowledged_after(promoted);
      EXPECT_LT(since(promoted, back), std::chrono::seconds{5});
      std::printf("writes are back %ld ms after the promotion\n",
                  static_cast<long>(since(promoted, back).count()));
      old = &fresh;
    }
  }
  close(*x);
}

TEST_F(RedisSentinel, WritesResumeSoonAfterTheMasterIsKilled) {
  sentinel_group group{2};
  auto address = group.address();
  auto x = make(address);
  link_log links;
  x->open(links.handler());
  links.up();
  {
    writer load{*x};
    load.acknowledged_after(steady_clock::now());
    group.server(0).kill9();
    auto& fresh = group.new_master(group.server(0));
    auto promoted = steady_clock::now();
    auto back = load.acknowledged_after(promoted);
    std::printf("writes are back %ld ms after the promotion\n",
                static_cast<long>(since(promoted, back).count()));
    EXPECT_LT(since(promoted, back), std::chrono::seconds{5});
    EXPECT_THAT(load.failure(), StartsWith("redis mymaster"));
    // Of the old one, or of the replica before it was told of its promotion.
    EXPECT_THAT(load.failure(), HasSubstr(" 127.0.0.1:"));
    // The old one comes back as a replica, and is left alone.
    group.server(0).start();
    load.acknowledged_after(steady_clock::now());
    EXPECT_TRUE(fresh.command({"ROLE"}).starts_with("master"));
  }
  close(*x);
}

TEST_F(RedisSentinel, AServerThatIsNoLongerTheMasterIsLeft) {
  sentinel_group group{1};
  auto x = make(group.address());
  link_log links;
  x->open(links.handler());
  links.up();
  // Behind the sentinels' back: nothing is published, writes are refused.
  auto& old = group.server(0);
  old.command({"CONFIG", "SET", "replica-read-only", "yes"});
  old.command({"REPLICAOF", "127.0.0.1", "1"});
  calls writes{1};
  x->write(store_under_test::share({{"alice", {wall_now(), 0, 0, 0, ""}}}),
           writes.handler<write_report>(0));
  writes.wait();
  ASSERT_EQ(writes.errors().size(), 1u);
  EXPECT_EQ(writes.errors()[0].code == ec::not_ready
              || writes.errors()[0].code == ec::unavailable,
            true);
  auto cause = links.down().cause.what;
  EXPECT_TRUE(cause.find("READONLY") != cause.npos
              || cause.find("closed") != cause.npos
              || cause.find("reset") != cause.npos)
    << cause;
  // It is asked again, and what is there is not the master.
  EXPECT_THAT(links
                .next([](const store_link& l) {
                  return !l.up
                         && l.cause.what.find("ROLE") != std::string::npos;
                })
                .cause.what,
              HasSubstr("ROLE: it is a replica, not the master"));
  old.command({"REPLICAOF", "NO", "ONE"});
  links.up();
  close(*x);
}

TEST_F(RedisSentinel, SentinelsMayDieOneAfterTheOther) {
  sentinel_group group{1};
  auto x = make(group.address());
  link_log links;
  x->open(links.handler());
  links.up();
  for (std::size_t i = 0; i < 3; ++i) {
    group.sentinel(i).kill9();
    // Whoever asks now is told by one of the others.
    auto first = first_of(group.address());
    EXPECT_EQ(first.up, i < 2) << first.cause.what;
    for (std::size_t k = 0; i == 2 && k < 3; ++k) {
      EXPECT_THAT(first.cause.what,
                  HasSubstr("sentinel 127.0.0.1:"
                            + std::to_string(group.sentinel(k).port())
                            + ": connect: Connection refused"));
    }
    // Whoever has the master keeps it.
    calls reads{1};
    x->read(one("alice"), reads.handler<read_report>(0));
    reads.wait();
    EXPECT_TRUE(reads.errors().empty());
  }
  // With one sentinel back the master is found again.
  group.server(0).kill9();
  links.down();
  group.server(0).start();
  group.sentinel(1).start();
  links.up();
  close(*x);
}

TEST_F(RedisSentinel, SentinelsHavePasswordsOfTheirOwn) {
  sentinel_group group{0, "of-the-server", "of-sentinels"};
  auto address = group.address();
  address.password = "of-the-server";
  auto first = first_of(address);
  EXPECT_TRUE(first.up) << first.cause.what;
  for (auto& x : address.sentinels)
    x.password = "wrong";
  first = first_of(address);
  EXPECT_FALSE(first.up);
  EXPECT_THAT(first.cause.what, HasSubstr(": AUTH: WRONGPASS"));
  EXPECT_EQ(first.cause.what.find("wrong"), std::string::npos);
}

TEST_F(RedisSentinel, AnUnknownMasterIsToldWithTheSentinels) {
  sentinel_group group{0};
  auto address = group.address();
  address.master_name = "other";
  auto first = first_of(address);
  EXPECT_FALSE(first.up);
  std::string expected = "redis other";
  for (std::size_t i = 0; i < 3; ++i)
    expected += std::string{i == 0 ? ": " : "; "} + "sentinel 127.0.0.1:"
                + std::to_string(group.sentinel(i).port())
                + ": SENTINEL get-master-addr-by-name: does not know a master "
                  "of that name";
  EXPECT_EQ(first.cause.what, expected);
}

TEST_F(RedisSentinel, ASilentSentinelDoesNotKeepTheOthersFromBeingAsked) {
  sentinel_group group{0};
  group.sentinel(0).pause();
  auto address = group.address();
  for (auto& x : address.sentinels)
    x.connect_timeout = milliseconds{100};
  auto first = first_of(address);
  EXPECT_TRUE(first.up) << first.cause.what;
  group.sentinel(0).resume();
}

TEST_F(RedisSentinel, CloseAndDestructionAreFineInEveryPhase) {
  sentinel_group group{0};
  auto nobody = group.address();
  for (auto& x : nobody.sentinels)
    x.port = 1;
  for (auto& address : {group.address(), nobody}) {
    { auto never_opened = make(address); }
    {
      auto not_closed = make(address);
      not_closed->open([](const store_link&) {});
    }
    for (auto wait : {0, 1, 5, 20}) {
      auto x = make(address);
      x->open([](const store_link&) {});
      std::this_thread::sleep_for(milliseconds{wait});
      close(*x);
    }
  }
}

} // namespace
} // namespace lastseen::test
