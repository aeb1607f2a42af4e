#include "actors/read_queue.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const error gone{ec::unavailable, "redis: gone"};

record record_of(std::string_view user) {
  return {std::stoi(std::string{user}) + 1, 0, 0, 0, ""};
}

class ReadQueueTest : public testing::Test {
protected:
  using trip = read_queue::trip;

  bool add(call_id id, const std::vector<int>& users, local_time now = start) {
    user_list list;
    for (auto user : users)
      list.add(std::to_string(user));
    return queue_.add({id, std::move(list)}, now);
  }

  // The numbers from `first` on.
  static std::vector<int> range(int first, int n) {
    std::vector<int> out(static_cast<std::size_t>(n));
    std::iota(out.begin(), out.end(), first);
    return out;
  }

  read_answers finish(const trip& x) {
    return queue_.finish(x.number, report_of(x), {});
  }

  static read_report report_of(const trip& x) {
    read_report out;
    for (std::size_t i = 0; i < x.users->size(); ++i)
      out.records.add(record_of((*x.users)[i]));
    return out;
  }

  static std::vector<std::string> names(const trip& x) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < x.users->size(); ++i)
      out.emplace_back((*x.users)[i]);
    return out;
  }

  static void expect_records(const read_answer& x,
                             const std::vector<int>& users) {
    ASSERT_TRUE(x.records);
    ASSERT_EQ(x.records->size(), users.size());
    for (std::size_t i = 0; i < users.size(); ++i)
      ASSERT_EQ((*x.records)[i], record_of(std::to_string(users[i]))) << i;
  }

  static void expect_failed(const read_answers& all, std::vector<call_id> ids) {
    ASSERT_EQ(all.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(all[i].id, ids[i]);
      ASSERT_FALSE(all[i].records);
      EXPECT_EQ(all[i].records.error().what, gone.what);
    }
  }

  read_queue queue_{5};
};

// -- merging ------------------------------------------------------------------

TEST_F(ReadQueueTest, HasNothingToDoAtFirst) {
  EXPECT_FALSE(queue_.start());
  EXPECT_FALSE(queue_.oldest());
}

TEST_F(ReadQueueTest, AnswersACallWithItsShard) {
  add(1, {7, 3});
  EXPECT_EQ(queue_.waiting_users(), 2u);
  auto x = queue_.start();
  ASSERT_TRUE(x);
  EXPECT_EQ(queue_.waiting_users(), 0u);
  EXPECT_THAT(names(*x), ElementsAre("7", "3"));
  EXPECT_FALSE(queue_.start());
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 1u);
  EXPECT_EQ(answers[0].shard, 5u);
  expect_records(answers[0], {7, 3});
  EXPECT_FALSE(queue_.oldest());
}

TEST_F(ReadQueueTest, WaitingCallsShareATripAndAUserIsReadOnce) {
  add(1, {1, 2, 3});
  add(2, {3, 1, 4});
  add(3, {2});
  auto x = queue_.start();
  ASSERT_TRUE(x);
  EXPECT_THAT(names(*x), ElementsAre("1", "2", "3", "4"));
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 3u);
  expect_records(answers[0], {1, 2, 3});
  expect_records(answers[1], {3, 1, 4});
  expect_records(answers[2], {2});
}

TEST_F(ReadQueueTest, DuplicatesWithinACallAreReadOnceAndAnsweredEach) {
  add(1, {9, 8, 9, 9});
  auto x = queue_.start();
  EXPECT_THAT(names(*x), ElementsAre("9", "8"));
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], {9, 8, 9, 9});
}

TEST_F(ReadQueueTest, AnswersACallWithoutUsers) {
  add(1, {});
  auto x = queue_.start();
  ASSERT_TRUE(x);
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], {});
}

TEST_F(ReadQueueTest, PutsPendingValuesOverEachRecordOnce) {
  add(1, {1, 2});
  add(2, {2});
  auto x = queue_.start();
  std::multiset<std::string> asked;
  read_report report;
  report.records.resize(2);
  auto answers = queue_.finish(
    x->number, std::move(report),
    [&](std::string_view user, stored_records& stored, std::size_t i) {
      asked.emplace(user);
      stored.set(i, record_of(user));
    });
  EXPECT_THAT(asked, ElementsAre("1", "2"));
  ASSERT_EQ(answers.size(), 2u);
  expect_records(answers[0], {1, 2});
  expect_records(answers[1], {2});
}

// -- limits -------------------------------------------------------------------

TEST_F(ReadQueueTest, TripHoldsAThousandUsers) {
  add(1, range(0, 999));
  add(2, range(2000, 2));
  auto first = queue_.start();
  EXPECT_EQ(first->users->size(), 1000u);
  auto answers = finish(*first);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], range(0, 999));
  auto second = queue_.start();
  ASSERT_TRUE(second);
  EXPECT_THAT(names(*second), ElementsAre("2001"));
  answers = finish(*second);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], range(2000, 2));
}

TEST_F(ReadQueueTest, TripThatIsNotFullWaitsForThoseUnderWay) {
  add(1, {1});
  auto first = queue_.start();
  add(2, {2});
  add(3, {3});
  EXPECT_FALSE(queue_.start());
  finish(*first);
  auto second = queue_.start();
  ASSERT_TRUE(second);
  EXPECT_THAT(names(*second), ElementsAre("2", "3"));
  add(4, range(10, 1000)); // fills one
  EXPECT_TRUE(queue_.start());
}

TEST_F(ReadQueueTest, KnownUserStillFitsIntoAFullTrip) {
  auto users = range(0, 1000);
  users.push_back(0);
  add(1, users);
  auto x = queue_.start();
  EXPECT_EQ(x->users->size(), 1000u);
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], users);
}

TEST_F(ReadQueueTest, FourTripsAreUnderWayAtMost) {
  add(1, range(0, 10'000));
  std::vector<trip> trips;
  trips.reserve(4);
  for (auto i = 0; i < 4; ++i)
    trips.push_back(queue_.start().value());
  EXPECT_FALSE(queue_.start());
  EXPECT_EQ(queue_.waiting_users(), 6'000u);
  finish(trips[2]);
  EXPECT_TRUE(queue_.start());
  EXPECT_FALSE(queue_.start());
}

TEST_F(ReadQueueTest, LongCallIsPutTogetherFromTripsInAnyOrder) {
  auto users = range(0, 10'000);
  std::reverse(users.begin(), users.end());
  add(1, users);
  std::vector<trip> trips;
  read_answers answers;
  for (auto done = 0; done < 10; ++done) {
    EXPECT_TRUE(answers.empty());
    while (auto x = queue_.start())
      trips.push_back(*x);
    answers = finish(trips.back());
    trips.pop_back();
  }
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], users);
}

TEST_F(ReadQueueTest, TooManyWaitingUsersAreRefused) {
  for (call_id i = 0; i < 10; ++i)
    EXPECT_TRUE(add(i, range(0, 10'000)));
  EXPECT_EQ(queue_.waiting_users(), 100'000u);
  EXPECT_FALSE(add(10, {1}));
  EXPECT_EQ(queue_.waiting_users(), 100'000u);
  queue_.start();
  EXPECT_TRUE(add(11, {1}));
}

// -- failures -----------------------------------------------------------------

TEST_F(ReadQueueTest, RetriedTripIsStartedAgainFirst) {
  add(1, {1, 2});
  auto x = queue_.start();
  add(2, {3});
  queue_.retry(x->number);
  auto again = queue_.start();
  ASSERT_TRUE(again);
  EXPECT_NE(again->number, x->number);
  EXPECT_THAT(names(*again), ElementsAre("1", "2"));
  EXPECT_EQ(queue_.finish(x->number, {}, {}).size(), 0u);
  auto answers = finish(*again);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], {1, 2});
}

TEST_F(ReadQueueTest, AllTripsUnderWayCanStartAgain) {
  add(1, range(0, 2'500));
  while (queue_.start())
    ;
  queue_.retry_all();
  read_answers answers;
  while (auto x = queue_.start())
    answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  expect_records(answers[0], range(0, 2'500));
}

TEST_F(ReadQueueTest, FailedTripFailsItsCallsOnly) {
  add(1, range(0, 1'500));
  add(2, range(7000, 500));
  auto first = queue_.start();
  auto second = queue_.start();
  add(3, {1});
  expect_failed(queue_.fail(first->number, gone), {1});
  auto answers = finish(*second);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 2u);
  expect_records(answers[0], range(7000, 500));
  answers = finish(queue_.start().value());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 3u);
}

TEST_F(ReadQueueTest, RestOfAFailedCallIsNotRead) {
  add(1, range(0, 5'000));
  auto x = queue_.start();
  EXPECT_EQ(queue_.waiting_users(), 4'000u);
  queue_.fail(x->number, gone);
  EXPECT_EQ(queue_.waiting_users(), 0u);
  EXPECT_FALSE(queue_.start());
}

TEST_F(ReadQueueTest, FailsEverythingOnce) {
  add(1, range(0, 1'500));
  auto x = queue_.start();
  add(2, {1});
  expect_failed(queue_.fail_all(gone), {1, 2});
  EXPECT_EQ(queue_.waiting_users(), 0u);
  EXPECT_FALSE(queue_.oldest());
  EXPECT_FALSE(queue_.start());
  EXPECT_THAT(finish(*x), IsEmpty());
  EXPECT_THAT(queue_.fail_all(gone), IsEmpty());
}

// -- deadlines ----------------------------------------------------------------

TEST_F(ReadQueueTest, CallsBeforeATimeFail) {
  add(1, {1}, start);
  add(2, {2}, start + 1ms);
  add(3, {3}, start + 2ms);
  EXPECT_EQ(queue_.oldest(), start);
  expect_failed(queue_.fail_before(start + 2ms, gone), {1, 2});
  EXPECT_EQ(queue_.oldest(), start + 2ms);
  EXPECT_EQ(queue_.waiting_users(), 1u);
  EXPECT_THAT(names(queue_.start().value()), ElementsAre("3"));
}

TEST_F(ReadQueueTest, UserThatIsNotServedFailsInEveryCallThatAsked) {
  add(1, {1, 2});
  add(2, {3});
  add(3, {2, 3, 2});
  auto x = queue_.start();
  auto report = report_of(*x);
  report.failed = {1};
  report.cause = gone;
  auto answers = queue_.finish(x->number, std::move(report), {});
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_THAT(answers[0].unserved.failed, ElementsAre(1));
  EXPECT_EQ(answers[0].unserved.cause.what, gone.what);
  EXPECT_THAT(answers[1].unserved.failed, IsEmpty());
  expect_records(answers[1], {3});
  EXPECT_THAT(answers[2].unserved.failed, ElementsAre(0, 2));
  EXPECT_EQ((*answers[2].records)[1], record_of("3"));
}

TEST_F(ReadQueueTest, UnservedPositionsAscendWhicheverTripComesBackFirst) {
  add(1, range(0, 2'000));
  auto first = queue_.start();
  auto second = queue_.start();
  for (const auto& x : {*second, *first}) {
    auto report = report_of(x);
    report.failed = {7};
    auto answers = queue_.finish(x.number, std::move(report), {});
    EXPECT_EQ(answers.size(), x.number == first->number ? 1u : 0u);
    for (const auto& answer : answers)
      EXPECT_THAT(answer.unserved.failed, ElementsAre(7, 1'007));
  }
}

TEST_F(ReadQueueTest, CallThatFailsWhileInFlightIsNotAnsweredAgain) {
  add(1, {1}, start);
  add(2, {2}, start + 1ms);
  auto x = queue_.start();
  expect_failed(queue_.fail_before(start + 1ms, gone), {1});
  auto answers = finish(*x);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 2u);
}

TEST_F(ReadQueueTest, TripThatNobodyWaitsForIsNotRetried) {
  add(1, {1});
  auto x = queue_.start();
  queue_.retry(x->number);
  queue_.fail_before(start + 1ms, gone);
  EXPECT_FALSE(queue_.start());
}

TEST_F(ReadQueueTest, OldestIsTheOldestWithoutAnAnswer) {
  add(1, range(0, 2'000), start);
  add(2, range(5'000, 999), start + 1ms);
  add(3, {6'000}, start + 2ms);
  queue_.start();
  auto second = queue_.start();
  auto third = queue_.start();
  EXPECT_EQ(second->users->size(), 1'000u);
  EXPECT_EQ(finish(*third).size(), 2u);
  EXPECT_EQ(queue_.oldest(), start);
}

} // namespace
} // namespace lastseen
