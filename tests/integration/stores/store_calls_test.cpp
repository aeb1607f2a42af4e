#include "tests/integration/stores/store_conformance.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace lastseen::test {
namespace {

class StoreCalls : public store_conformance {};

FOR_ALL_STORES(StoreCalls);

TEST_P(StoreCalls, CallsOfOneThreadStartInOrder) {
  auto x = open();
  auto t = x.now();
  constexpr stamp calls = 200;
  std::vector<std::promise<result<read_report>>> answers(calls);
  for (stamp i = 0; i < calls; ++i) {
    x.raw().write(
      store_under_test::share({{"alice", active_at(t - calls + i)}}),
      [](result<write_report>) {});
    user_list users;
    users.add("alice");
    x.raw().read(std::move(users),
                 [&to = answers[static_cast<std::size_t>(i)]](
                   result<read_report> y) { to.set_value(std::move(y)); });
  }
  for (stamp i = 0; i < calls; ++i) {
    auto answer = wait_for(answers[static_cast<std::size_t>(i)].get_future());
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_GE(answer->records[0].active, t - calls + i);
  }
}

TEST_P(StoreCalls, WritersAtTheSameTimeEndWithTheNewest) {
  auto x = open();
  auto t = x.now();
  constexpr stamp writes = 100;
  std::atomic<int> answers = 0;
  std::atomic<int> failures = 0;
  auto writer = [&](record update, stamp record::*field) {
    for (stamp i = 0; i < writes; ++i) {
      update.*field = t - (i * 37) % writes;
      x.raw().write(store_under_test::share({{"alice", update}}),
                    [&](result<write_report> y) {
                      failures += !y;
                      ++answers;
                    });
    }
  };
  {
    std::jthread a{writer, record{}, &record::active};
    std::jthread b{writer, record{}, &record::online};
    std::jthread c{writer, record{0, 0, 0, 1, "dnd"}, &record::changed};
    std::jthread d{writer, record{}, &record::active};
  }
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (answers < 4 * writes && std::chrono::steady_clock::now() < deadline)
    x.now();
  EXPECT_EQ(answers, 4 * writes);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(x.read("alice"), (record{t, t, 0, t, "dnd"}));
}

TEST_P(StoreCalls, CallsAfterCloseFail) {
  auto x = open();
  auto t = x.now();
  x.close();
  auto store = x.release();
  std::promise<result<write_report>> written;
  store->write(store_under_test::share({{"alice", active_at(t)}}),
               [&](result<write_report> y) { written.set_value(y); });
  auto write = wait_for(written.get_future());
  ASSERT_FALSE(write);
  EXPECT_EQ(write.error().code, ec::stopped);
  EXPECT_FALSE(write.error().what.empty());
  std::promise<result<read_report>> answered;
  user_list users;
  users.add("alice");
  store->read(std::move(users),
              [&](result<read_report> y) { answered.set_value(y); });
  auto read = wait_for(answered.get_future());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ec::stopped);
}

TEST_P(StoreCalls, CloseWhileBusyAnswersEveryCallOnce) {
  constexpr std::size_t calls = 300;
  auto x = open();
  auto t = x.now();
  std::vector<std::atomic<int>> answers(2 * calls);
  std::atomic<int> wrong = 0;
  std::atomic<int> after_close = 0;
  std::atomic<bool> closed = false;
  auto check = [&](std::size_t i, const auto& answer) {
    ++answers[i];
    wrong += !answer && answer.error().code != ec::stopped;
    after_close += closed;
  };
  for (std::size_t i = 0; i < calls; ++i) {
    std::vector<status_write> batch;
    batch.reserve(50);
    for (auto j = 0; j < 50; ++j)
      batch.push_back({"user:" + std::to_string(j), active_at(t)});
    x.raw().write(store_under_test::share(std::move(batch)),
                  [&, i](result<write_report> y) { check(2 * i, y); });
    user_list users;
    users.add("user:1");
    x.raw().read(std::move(users),
                 [&, i](result<read_report> y) { check(2 * i + 1, y); });
  }
  std::promise<result<int>> done;
  x.raw().close([&] {
    closed = true;
    done.set_value(0);
  });
  ASSERT_TRUE(wait_for(done.get_future()));
  x.release();
  for (std::size_t i = 0; i < answers.size(); ++i)
    ASSERT_EQ(answers[i], 1) << i;
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(after_close, 0);
}

TEST_P(StoreCalls, MayBeDestroyedByTheHandlerOfClose) {
  auto x = open();
  x.write("alice", active_at(x.now()));
  auto store = x.release();
  auto* raw = store.get();
  std::promise<result<int>> done;
  raw->close([&] {
    store.reset();
    done.set_value(0);
  });
  EXPECT_TRUE(wait_for(done.get_future()));
}

TEST_P(StoreCalls, AnswersTheCallsOfManyThreadsOnce) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t calls = 100;
  auto x = open();
  auto t = x.now();
  std::vector<std::atomic<int>> answers(threads * calls);
  std::atomic<std::size_t> sum = 0;
  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < threads; ++i)
      all.emplace_back([&, i] {
        for (std::size_t j = 0; j < calls; ++j) {
          auto user = "user:" + std::to_string(j % 7);
          auto count = [&answers, &sum, k = i * calls + j](auto y) {
            answers[k] += y ? 1 : 100;
            ++sum;
          };
          if (j % 2 == 0) {
            x.raw().write(store_under_test::share({{user, active_at(t)}}),
                          count);
          } else {
            user_list users;
            users.add(user);
            x.raw().read(std::move(users), count);
          }
        }
      });
  }
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (sum < answers.size() && std::chrono::steady_clock::now() < deadline)
    x.now();
  for (std::size_t i = 0; i < answers.size(); ++i)
    ASSERT_EQ(answers[i], 1) << i;
}

} // namespace
} // namespace lastseen::test
