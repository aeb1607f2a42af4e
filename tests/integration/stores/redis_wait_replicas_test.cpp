#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/print_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

// `wait_replicas`: who waits for an update hears of it once it is on replicas.

namespace lastseen::test {
namespace {

using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;

class RedisWaitReplicas : public redis_connection {
protected:
  static std::vector<std::string> following(const redis_server& master) {
    return {"--replicaof", "127.0.0.1", std::to_string(master.port())};
  }

  std::unique_ptr<store> make(std::uint32_t replicas) {
    redis::store_options x;
    x.address = master_.address();
    x.wait_replicas = replicas;
    return redis::make_store(io_.context(), x);
  }

  // A replica that is online may still be sent nothing for a second.
  bool wait_until_following() {
    auto deadline = steady_clock::now() + patience;
    while (master_.command({"INFO", "replication"}).find("state=online")
           == std::string::npos) {
      if (steady_clock::now() > deadline)
        return false;
      std::this_thread::sleep_for(milliseconds{5});
    }
    master_.command({"SET", "something", "to copy"});
    return master_.command({"WAIT", "1", "10000"}) == "1";
  }

  std::string waits() {
    auto stats = master_.command({"INFO", "commandstats"});
    auto at = stats.find("cmdstat_wait:");
    return at == std::string::npos ? "" : stats.substr(at, 20);
  }

  static std::vector<status_write> update(bool awaited) {
    return {{"alice", {wall_now(), 0, 0, 0, ""}, false},
            {"bob", {wall_now(), 0, 0, 0, ""}, awaited}};
  }

  // The master has an awaited update, whose answer is still to come.
  std::future<result<write_report>> write_until_stored(store_under_test& x) {
    auto promise = std::make_shared<std::promise<result<write_report>>>();
    x.raw().write(store_under_test::share(update(true)),
                  [promise](result<write_report> written) {
                    promise->set_value(std::move(written));
                  });
    auto deadline = steady_clock::now() + patience;
    while (master_.command({"EXISTS", "lastseen.user_status.bob"}) != "1")
      if (steady_clock::now() > deadline) {
        ADD_FAILURE() << "the update is not stored";
        break;
      }
    return promise->get_future();
  }

  redis_server master_{{"--repl-diskless-sync-delay", "0"}};
};

TEST_F(RedisWaitReplicas, UpdateIsConfirmedWhenAReplicaHasIt) {
  redis_server replica{following(master_)};
  ASSERT_TRUE(wait_until_following());
  store_under_test x{make(1)};
  for (auto i = 0; i < 20; ++i) {
    auto written = x.write(update(true));
    ASSERT_TRUE(written) << written.error().what;
    EXPECT_FALSE(written->unconfirmed) << written->unconfirmed->what;
    // At once, by the promise of WAIT.
    EXPECT_EQ(replica.command({"GET", "lastseen.user_status.bob"}),
              master_.command({"GET", "lastseen.user_status.bob"}));
  }
}

TEST_F(RedisWaitReplicas, UpdateThatTooFewHaveIsStoredAndNotConfirmed) {
  redis_server replica{following(master_)};
  ASSERT_TRUE(wait_until_following());
  store_under_test x{make(2)};
  auto begin = steady_clock::now();
  auto written = x.write(update(true));
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(written->changed, 2u);
  ASSERT_TRUE(written->unconfirmed);
  EXPECT_EQ(written->unconfirmed->code, ec::not_ready);
  EXPECT_EQ(written->unconfirmed->what,
            "redis 127.0.0.1:" + std::to_string(master_.port())
              + ": WAIT: 1 of 2 replicas have it after 500ms");
  EXPECT_GE(steady_clock::now() - begin, milliseconds{500});
  EXPECT_GT(x.read("bob").active, 0);
}

TEST_F(RedisWaitReplicas, NobodyWaitsForWhatNobodyWaitsFor) {
  store_under_test x{make(1)};
  auto written = x.write(update(false));
  ASSERT_TRUE(written);
  EXPECT_FALSE(written->unconfirmed);
  EXPECT_EQ(waits(), "");
  store_under_test y{make(0)};
  ASSERT_FALSE(y.write(update(true))->unconfirmed);
  EXPECT_EQ(waits(), "");
}

// A replica that stands still costs the reads behind a WAIT one turn of it.
TEST_F(RedisWaitReplicas, ReadsGoOnWhileReplicasAreAwaited) {
  redis_server replica{following(master_)};
  ASSERT_TRUE(wait_until_following());
  replica.pause();
  store_under_test x{make(1)};
  std::atomic<bool> answered = false;
  std::promise<result<write_report>> promise;
  x.raw().write(std::make_shared<const std::vector<status_write>>(update(true)),
                [&](result<write_report> written) {
                  answered = true;
                  promise.set_value(std::move(written));
                });
  auto reads = 0;
  for (; !answered; ++reads)
    EXPECT_GT(x.read("bob").active, 0);
  EXPECT_GE(reads, 4);
  auto written = wait_for(promise.get_future());
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_TRUE(written->unconfirmed);
  replica.resume();
}

TEST_F(RedisWaitReplicas, AServerThatRefusesWaitIsNamed) {
  master_.command({"ACL", "SETUSER", "default", "-wait"});
  store_under_test x{make(1)};
  auto written = x.write(update(true));
  ASSERT_TRUE(written) << written.error().what;
  ASSERT_TRUE(written->unconfirmed);
  EXPECT_THAT(written->unconfirmed->what,
              AllOf(HasSubstr(": WAIT: NOPERM"), HasSubstr("127.0.0.1")));
}

// Whether it has been copied cannot be found out any more, so the batch fails
// and is written again.
TEST_F(RedisWaitReplicas, BatchFailsWhenItsServerEndsBeforeTheCopy) {
  store_under_test x{make(1)};
  auto answer = write_until_stored(x);
  master_.kill9();
  auto written = wait_for(std::move(answer));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ec::unavailable);
}

TEST_F(RedisWaitReplicas, BatchFailsWhenItsServerBecomesAReplica) {
  redis_server other;
  store_under_test x{make(1)};
  auto answer = write_until_stored(x);
  master_.command({"REPLICAOF", "127.0.0.1", std::to_string(other.port())});
  auto written = wait_for(std::move(answer));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ec::unavailable);
}

} // namespace
} // namespace lastseen::test
