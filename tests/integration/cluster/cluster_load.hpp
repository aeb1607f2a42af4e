#pragma once

#include "redis/cluster_store.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/store_under_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace lastseen::test {

inline std::string key_of(const std::string& user) {
  return "lastseen.user_status." + user;
}

/// A store on a Cluster of the test's own.
class cluster_test : public testing::Test {
protected:
  redis::cluster_options options(redis_cluster& servers) {
    redis::cluster_options x;
    x.seeds = {servers[0].address()};
    x.keep = {std::chrono::hours{24}, std::chrono::hours{1}};
    return x;
  }

  std::unique_ptr<store> make(redis_cluster& servers) {
    return redis::make_cluster_store(io_.context(), options(servers));
  }

  context_thread io_;
};

/// Writes batches of ever newer times and reads them back, on a thread of its
/// own, until it is told to stop. What a batch could not do is written again
/// with the next one, as a status actor does.
class load {
public:
  load(store_under_test& x, std::size_t users) : store_{x}, users_{users} {}

  ~load() {
    stop();
  }

  void start() {
    thread_ = std::thread{[this] {
      while (!stopping_)
        round();
    }};
  }

  void stop() {
    stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }

  std::size_t rounds() const {
    return rounds_;
  }

  /// Users that were not done, summed over all calls, and why the last ones.
  std::size_t failures() const {
    return failures_;
  }

  std::string cause() {
    std::lock_guard guard{mutex_};
    return cause_;
  }

  /// Users that were read with an older time than was acknowledged.
  std::size_t stale() const {
    return stale_;
  }

  /// When a user was acknowledged last.
  std::chrono::steady_clock::time_point acknowledged(std::size_t user) {
    std::lock_guard guard{mutex_};
    return when_[user];
  }

  /// What was acknowledged.
  std::map<std::size_t, stamp> known() {
    std::lock_guard guard{mutex_};
    return known_;
  }

private:
  void round() {
    auto t = wall_now();
    std::vector<status_write> batch;
    user_list all;
    for (std::size_t i = 0; i < users_; ++i) {
      batch.push_back({std::to_string(i), {t, 0, 0, 0, ""}});
      all.add(std::to_string(i));
    }
    auto written = store_.write(std::move(batch));
    std::set<std::size_t> left_out;
    if (written)
      left_out = note(*written);
    else
      fail(users_, written.error().what);
    if (written) {
      std::lock_guard guard{mutex_};
      for (std::size_t i = 0; i < users_; ++i)
        if (!left_out.contains(i)) {
          known_[i] = t;
          when_[i] = std::chrono::steady_clock::now();
        }
    }
    auto found = store_.read(std::move(all));
    if (!found)
      return fail(users_, found.error().what);
    left_out = note(*found);
    std::lock_guard guard{mutex_};
    for (auto& [user, time] : known_)
      if (!left_out.contains(user) && found->records[user].active < time)
        ++stale_;
    ++rounds_;
  }

  std::set<std::size_t> note(const unserved& x) {
    if (!x.failed.empty())
      fail(x.failed.size(), x.cause.what);
    return {x.failed.begin(), x.failed.end()};
  }

  void fail(std::size_t users, const std::string& why) {
    std::lock_guard guard{mutex_};
    failures_ += users;
    cause_ = why;
  }

  static stamp wall_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  }

  store_under_test& store_;
  std::size_t users_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> rounds_ = 0;
  std::atomic<std::size_t> failures_ = 0;
  std::atomic<std::size_t> stale_ = 0;
  std::mutex mutex_;
  std::string cause_;
  std::map<std::size_t, stamp> known_;
  std::map<std::size_t, std::chrono::steady_clock::time_point> when_;
};

} // namespace lastseen::test
