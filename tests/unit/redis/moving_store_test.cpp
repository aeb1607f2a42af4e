#include "redis/moving_store.hpp"
#include "status/jump_hash.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/print_record.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Four shards became five, all in memory; each answers before a call returns,
// unless told otherwise.

namespace lastseen::redis {
namespace {

using namespace std::chrono_literals;
using test::memory_store;

class MovingStore : public testing::Test {
protected:
  MovingStore() {
    for (auto i = 0; i < 5; ++i) {
      servers_.push_back(std::make_shared<memory_store>(
        [this] { return now_; }, "server " + std::to_string(i)));
      servers_.back()->open([](const store_link&) {});
    }
    std::vector<std::shared_ptr<store>> previous{servers_.begin(),
                                                 servers_.end() - 1};
    for (auto& x : servers_)
      shards_.push_back(make_moving_store(io_, x, previous, delete_guard));
  }

  // A user whose shard is the last one now and was this one.
  static std::string moved_from(std::size_t shard, int skip = 0) {
    for (auto i = 0;; ++i) {
      auto user = std::to_string(i);
      if (shard_of(user, 5) == 4 && shard_of(user, 4) == shard && skip-- == 0)
        return user;
    }
  }

  stamp now() const {
    return memory_store::stamp_of(now_);
  }

  memory_store& server(std::size_t i) {
    return *servers_[i];
  }

  // Calls of the last shard, which has the moved users.
  result<write_report> write(std::vector<status_write> batch) {
    std::optional<result<write_report>> out;
    shards_[4]->write(
      std::make_shared<const std::vector<status_write>>(std::move(batch)),
      [&](result<write_report> x) { out = std::move(x); });
    EXPECT_TRUE(out);
    return out ? std::move(*out) : error{};
  }

  result<read_report> read(std::initializer_list<std::string> names) {
    user_list users;
    for (auto& name : names)
      users.add(name);
    std::optional<result<read_report>> out;
    shards_[4]->read(std::move(users),
                     [&](result<read_report> x) { out = std::move(x); });
    EXPECT_TRUE(out);
    return out ? std::move(*out) : error{};
  }

  record read(const std::string& user) {
    auto report = read({user});
    if (report && report->failed.empty())
      return report->records[0];
    ADD_FAILURE();
    return {};
  }

  // The watch looks thrice in that time.
  static constexpr auto delete_guard = 30ms;

  boost::asio::io_context io_;
  local_time now_{1h};
  std::vector<std::shared_ptr<memory_store>> servers_;
  std::vector<std::unique_ptr<store>> shards_;
};

record active_at(stamp t) {
  return {t, 0, 0, 0, ""};
}

record online_at(stamp t) {
  return {0, t, 0, 0, ""};
}

record deleted_at(stamp t) {
  return {0, 0, t, 0, ""};
}

TEST_F(MovingStore, ReadsJoinBothShards) {
  auto user = moved_from(2);
  server(2).put(user, now() - 5, now() - 5);
  server(4).put(user, now() - 9, now() - 1);
  EXPECT_EQ(read(user), (record{now() - 5, now() - 1, 0, 0, ""}));
}

TEST_F(MovingStore, UpdatesGoToBothShards) {
  auto user = moved_from(1);
  ASSERT_TRUE(write({{user, active_at(now())}}));
  EXPECT_EQ(server(1).stored(user), active_at(now()));
  EXPECT_EQ(server(4).stored(user), active_at(now()));
}

TEST_F(MovingStore, TheFirstWriteCarriesTheOldValueAlong) {
  auto user = moved_from(0);
  auto old = now();
  server(0).put(user, old, old);
  now_ += 25h; // longer than a delete is remembered
  ASSERT_TRUE(write({{user, online_at(now())}}));
  EXPECT_EQ(server(4).stored(user), (record{old, now(), 0, 0, ""}));
  auto writes = server(4).writes();
  ASSERT_TRUE(write({{user, online_at(now())}}));
  EXPECT_EQ(server(4).writes(), writes + 1); // nothing left to carry
}

TEST_F(MovingStore, ACarriedTimeIsNotInTheFuture) {
  auto user = moved_from(0);
  server(0).put(user, now() + 5000);
  ASSERT_TRUE(write({{user, online_at(now())}}));
  EXPECT_EQ(server(4).stored(user), (record{now(), now(), 0, 0, ""}));
}

TEST_F(MovingStore, ADeleteGoesToBothShardsAndNothingComesBack) {
  auto user = moved_from(3);
  server(3).put(user, now() - 5);
  server(4).put(user, now() - 5);
  ASSERT_TRUE(write({{user, deleted_at(now())}}));
  EXPECT_EQ(server(3).stored(user), deleted_at(now()));
  EXPECT_EQ(server(4).stored(user), deleted_at(now()));
  ASSERT_TRUE(write({{user, active_at(now() - 1)}}));
  EXPECT_EQ(read(user), deleted_at(now()));
}

TEST_F(MovingStore, ADeleteOfANodeWithTheOldListIsCarriedOverByReads) {
  auto user = moved_from(3);
  ASSERT_TRUE(write({{user, active_at(now() - 5)}}));
  server(3).write(std::make_shared<const std::vector<status_write>>(
                    1, status_write{user, deleted_at(now())}),
                  [](const result<write_report>&) {});
  auto report = read({user, user});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->records[1], deleted_at(now()));
  EXPECT_EQ(server(4).stored(user), deleted_at(now()));
}

TEST_F(MovingStore, ADeleteOfANodeWithTheOldListIsCarriedOverByWrites) {
  auto user = moved_from(3);
  ASSERT_TRUE(write({{user, active_at(now() - 5)}}));
  server(3).write(std::make_shared<const std::vector<status_write>>(
                    1, status_write{user, deleted_at(now() - 1)}),
                  [](const result<write_report>&) {});
  ASSERT_TRUE(write({{user, online_at(now())}}));
  EXPECT_EQ(server(4).stored(user), (record{0, now(), now() - 1, 0, ""}));
}

TEST_F(MovingStore, UsersThatHaveNotMovedAskOneShard) {
  std::size_t writes = 0;
  for (auto i = 0; i < 100; ++i) {
    auto user = std::to_string(i);
    auto shard = shard_of(user, 5);
    if (shard == 4)
      continue;
    ++writes;
    shards_[shard]->write(
      std::make_shared<const std::vector<status_write>>(
        1, status_write{user, active_at(now())}),
      [](const result<write_report>& x) { EXPECT_TRUE(x); });
  }
  std::size_t all = 0;
  for (auto& x : servers_) {
    all += x->writes();
    EXPECT_EQ(x->reads(), 0u);
  }
  EXPECT_EQ(all, writes);
}

TEST_F(MovingStore, AFifthShardMovesAFifthOfTheUsers) {
  auto moved = 0;
  for (auto i = 0; i < 100'000; ++i) {
    auto user = "user:" + std::to_string(i);
    if (shard_of(user, 5) == shard_of(user, 4))
      continue;
    ++moved;
    EXPECT_EQ(shard_of(user, 5), 4u);
  }
  EXPECT_NEAR(moved, 20'000, 500);
}

TEST_F(MovingStore, APreviousShardThatIsAwayFailsItsUsersOnly) {
  auto lost = moved_from(1), served = moved_from(2);
  server(1).fail(2, ec::unavailable);
  auto written = write({{served, active_at(now())}, {lost, active_at(now())}});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->failed, std::vector<std::uint32_t>{1});
  EXPECT_EQ(written->cause.code, ec::unavailable);
  EXPECT_TRUE(written->cause.what.starts_with("server 1: "));
  server(1).fail(1, ec::unavailable);
  auto found = read({lost, served});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->failed, std::vector<std::uint32_t>{0});
  EXPECT_TRUE(found->cause.what.starts_with("server 1: "));
  EXPECT_EQ(found->records, (std::vector{record{}, active_at(now())}));
}

TEST_F(MovingStore, AUserIsAcknowledgedOnceTheOldValueIsCarriedOver) {
  auto user = moved_from(1);
  server(1).put(user, now() - 5);
  server(4).hold();
  std::optional<result<write_report>> out;
  shards_[4]->write(std::make_shared<const std::vector<status_write>>(
                      1, status_write{user, online_at(now())}),
                    [&](result<write_report> x) {
                      EXPECT_FALSE(out);
                      out = std::move(x);
                    });
  EXPECT_FALSE(out);
  server(4).fail(1, ec::unavailable); // the carrying write
  server(4).release();
  ASSERT_TRUE(out && *out);
  EXPECT_EQ((*out)->failed, std::vector<std::uint32_t>{0});
}

TEST_F(MovingStore, TheShardItselfAwayFailsTheCall) {
  auto user = moved_from(1);
  server(4).fail(4, ec::unavailable);
  auto written = write({{user, active_at(now())}});
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().what.starts_with("server 4: "));
  EXPECT_FALSE(read({user}));
}

TEST_F(MovingStore, ARefusalFailsTheBatch) {
  auto one = moved_from(1), two = moved_from(2);
  server(1).fail(1, ec::rejected);
  auto written = write({{one, active_at(now())}, {two, active_at(now())}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ec::rejected);
}

TEST_F(MovingStore, ClosesOnceAllHaveAnswered) {
  server(1).hold();
  auto answered = false, closed = false;
  shards_[4]->write(std::make_shared<const std::vector<status_write>>(
                      1, status_write{moved_from(1), active_at(now())}),
                    [&](const result<write_report>&) { answered = true; });
  shards_[4]->close([&] {
    EXPECT_TRUE(answered);
    closed = true;
  });
  io_.poll();
  EXPECT_FALSE(closed);
  server(1).release();
  EXPECT_TRUE(closed);
}

// A node with the previous list deletes it, nobody reads it while that is
// remembered.
TEST_F(MovingStore, FindsDeletesOfUsersThatItWrote) {
  auto written = moved_from(1), unknown = moved_from(1, 1);
  write({{written, active_at(now())}});
  record gone{0, 0, now(), 0, ""};
  auto batch = std::make_shared<std::vector<status_write>>();
  for (const auto& user : {written, unknown})
    batch->push_back({user, gone});
  server(1).write(batch, [](const result<write_report>&) {});
  auto deadline = std::chrono::steady_clock::now() + 30s;
  while (server(4).stored(written) != gone)
    ASSERT_TRUE(io_.run_one_until(deadline));
  EXPECT_EQ(server(4).stored(unknown), record{});
  // The nodes with the previous list are gone.
  io_.run_until(deadline);
  EXPECT_TRUE(io_.stopped());
}

TEST_F(MovingStore, PassesOnNameLinkAndClock) {
  EXPECT_EQ(shards_[4]->name(), "server 4");
  std::vector<bool> links;
  shards_[4]->open([&](const store_link& x) { links.push_back(x.up); });
  server(4).set_link(false);
  EXPECT_EQ(links, (std::vector{true, false}));
  auto written = write({{moved_from(1), active_at(now())}});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->clock.server / 1000, now());
}

} // namespace
} // namespace lastseen::redis
