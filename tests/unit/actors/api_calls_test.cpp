#include "actors/api_calls.hpp"
#include "status/jump_hash.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using method = api_request::method;

// A record that tells whose it is. Names are numbers; odd ones are unknown.
record record_of(std::string_view user) {
  auto number = std::stoi(std::string{user});
  return number % 2 == 0 ? record{number + 1, 0, 0, 0, ""} : record{};
}

/// The number of shards.
class ApiCallsTest : public testing::TestWithParam<std::size_t> {
protected:
  using parts = std::vector<api_calls::scattered::part>;

  api_calls::scattered scatter(method what, const std::vector<int>& users,
                               bool allow_partial = false,
                               local_time now = start) {
    api_request request;
    request.what = what;
    for (auto user : users)
      request.users.add(std::to_string(user));
    request.allow_partial = allow_partial;
    return calls_.scatter(
      {std::move(request),
       [this](api_response x) { answers_.push_back(std::move(x)); }},
      now);
  }

  static std::vector<int> numbers(int n) {
    std::vector<int> out(static_cast<std::size_t>(n));
    std::iota(out.begin(), out.end(), 0);
    return out;
  }

  static read_answer answer_of(call_id id,
                               const api_calls::scattered::part& part) {
    stored_records records;
    for (std::size_t i = 0; i < part.users.size(); ++i)
      records.add(record_of(part.users[i]));
    return {id, part.shard, std::move(records)};
  }

  void answer(call_id id, const api_calls::scattered::part& part) {
    calls_.on_read(answer_of(id, part));
  }

  void fail(call_id id, std::size_t shard) {
    calls_.on_read({id, shard, error{ec::unavailable, "redis: gone"}});
  }

  void expect_records(const std::vector<int>& users) {
    ASSERT_EQ(answers_.size(), 1u);
    const auto& x = answers_[0];
    EXPECT_FALSE(x.failure);
    EXPECT_TRUE(x.failed.empty());
    ASSERT_EQ(x.users.size(), users.size());
    ASSERT_EQ(x.records.size(), users.size());
    for (std::size_t i = 0; i < users.size(); ++i) {
      EXPECT_EQ(x.users[i], std::to_string(users[i]));
      EXPECT_EQ(x.records[i], record_of(x.users[i])) << i;
    }
  }

  std::vector<api_response> answers_; // told when calls_ goes, too
  api_calls calls_{std::vector<std::string>(GetParam(), "redis a:1"), 4s};
};

INSTANTIATE_TEST_SUITE_P(Shards, ApiCallsTest, testing::Values(1u, 3u, 8u),
                         testing::PrintToStringParamName());

// -- reads --------------------------------------------------------------------

TEST_P(ApiCallsTest, AnswersInTheOrderOfTheRequest) {
  auto users = numbers(200);
  std::reverse(users.begin(), users.end());
  auto x = scatter(method::read, users);
  EXPECT_EQ(x.parts.size(), GetParam());
  std::reverse(x.parts.begin(), x.parts.end());
  for (const auto& part : x.parts) {
    EXPECT_TRUE(answers_.empty());
    answer(x.id, part);
  }
  expect_records(users);
  EXPECT_EQ(calls_.size(), 0u);
}

TEST_P(ApiCallsTest, AsksEachShardForItsUsersOnly) {
  auto x = scatter(method::read, numbers(100));
  std::size_t total = 0;
  for (const auto& part : x.parts) {
    total += part.users.size();
    for (std::size_t i = 0; i < part.users.size(); ++i)
      EXPECT_EQ(shard_of(part.users[i], GetParam()), part.shard);
  }
  EXPECT_EQ(total, 100u);
}

TEST_P(ApiCallsTest, AsksNoShardThatHasNoUser) {
  auto x = scatter(method::read, {42});
  ASSERT_EQ(x.parts.size(), 1u);
  EXPECT_EQ(x.parts[0].shard, shard_of("42", GetParam()));
  answer(x.id, x.parts[0]);
  expect_records({42});
}

TEST_P(ApiCallsTest, AnswersAUserAsOftenAsItIsAskedFor) {
  std::vector<int> users{4, 7, 4, 2, 4, 7};
  auto x = scatter(method::read, users);
  for (const auto& part : x.parts)
    answer(x.id, part);
  expect_records(users);
}

TEST_P(ApiCallsTest, AnswersAnEmptyListAtOnce) {
  for (auto what : {method::read, method::update, method::remove}) {
    answers_.clear();
    auto x = scatter(what, {});
    EXPECT_TRUE(x.parts.empty());
    ASSERT_EQ(answers_.size(), 1u);
    EXPECT_FALSE(answers_[0].failure);
    EXPECT_TRUE(answers_[0].records.empty());
  }
  EXPECT_EQ(calls_.size(), 0u);
  EXPECT_FALSE(calls_.next_deadline());
}

TEST_P(ApiCallsTest, KeepsCallsApart) {
  auto a = scatter(method::read, numbers(20));
  auto b = scatter(method::read, {6, 5});
  EXPECT_NE(a.id, b.id);
  for (const auto& part : b.parts)
    answer(b.id, part);
  expect_records({6, 5});
  answers_.clear();
  for (const auto& part : a.parts)
    answer(a.id, part);
  expect_records(numbers(20));
}

// -- a shard fails ------------------------------------------------------------

TEST_P(ApiCallsTest, FailingShardFailsTheCallOnce) {
  auto x = scatter(method::read, numbers(100));
  fail(x.id, x.parts.back().shard);
  ASSERT_EQ(answers_.size(), 1u);
  ASSERT_TRUE(answers_[0].failure);
  EXPECT_EQ(answers_[0].failure->what, "redis: gone");
  for (const auto& part : x.parts)
    answer(x.id, part);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_P(ApiCallsTest, FailingShardLeavesTheRestOfAPartialCall) {
  auto x = scatter(method::read, numbers(100), true);
  auto lost = x.parts.back().shard;
  fail(x.id, lost);
  for (const auto& part : x.parts)
    if (part.shard != lost)
      answer(x.id, part);
  ASSERT_EQ(answers_.size(), 1u);
  auto& got = answers_[0];
  EXPECT_FALSE(got.failure);
  ASSERT_EQ(got.records.size(), 100u);
  EXPECT_EQ(got.failed.size(), x.parts.back().users.size());
  EXPECT_TRUE(std::is_sorted(
    got.failed.begin(), got.failed.end(),
    [](const auto& a, const auto& b) { return a.position < b.position; }));
  for (std::size_t i = 0; i < 100; ++i) {
    auto failed = shard_of(got.users[i], GetParam()) == lost;
    EXPECT_EQ(got.records[i], failed ? record{} : record_of(got.users[i]));
    auto listed = std::any_of(got.failed.begin(), got.failed.end(),
                              [&](const auto& f) { return f.position == i; });
    EXPECT_EQ(listed, failed) << i;
  }
  EXPECT_EQ(got.failed[0].why.what, "redis: gone");
}

TEST_P(ApiCallsTest, UnservedUserIsTheOneThatFails) {
  auto x = scatter(method::read, numbers(100), true);
  std::string lost{x.parts.back().users[1]};
  for (const auto& part : x.parts) {
    auto mine = answer_of(x.id, part);
    if (part.shard == x.parts.back().shard)
      mine.unserved = {{1}, {ec::unavailable, "redis: node gone"}};
    calls_.on_read(std::move(mine));
  }
  ASSERT_EQ(answers_.size(), 1u);
  auto& got = answers_[0];
  EXPECT_FALSE(got.failure);
  ASSERT_EQ(got.failed.size(), 1u);
  EXPECT_EQ(got.users[got.failed[0].position], lost);
  EXPECT_EQ(got.failed[0].why.what, "redis: node gone");
}

TEST_P(ApiCallsTest, UnservedUserFailsACallThatIsNotPartial) {
  auto x = scatter(method::read, numbers(100));
  auto mine = answer_of(x.id, x.parts.back());
  mine.unserved = {{0}, {ec::unavailable, "redis: node gone"}};
  calls_.on_read(std::move(mine));
  ASSERT_EQ(answers_.size(), 1u);
  ASSERT_TRUE(answers_[0].failure);
  EXPECT_EQ(answers_[0].failure->what, "redis: node gone");
}

TEST_P(ApiCallsTest, PartialCallMayFailWholly) {
  auto x = scatter(method::read, numbers(50), true);
  for (const auto& part : x.parts)
    fail(x.id, part.shard);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_FALSE(answers_[0].failure);
  EXPECT_EQ(answers_[0].records.size(), 50u);
  ASSERT_EQ(answers_[0].failed.size(), 50u);
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_EQ(answers_[0].failed[i].position, i);
}

TEST_P(ApiCallsTest, NobodyIsWokenForCallsThatHadTheirAnswer) {
  std::vector<api_calls::scattered> all;
  all.reserve(5);
  for (int i = 0; i < 5; ++i)
    all.push_back(scatter(method::read, {i}, false, start + 10ms * i));
  auto answer_all = [&](std::size_t i) {
    for (const auto& part : all[i].parts)
      answer(all[i].id, part);
  };
  for (auto i : {0u, 1u, 3u})
    answer_all(i);
  calls_.expire(start + 50ms);
  EXPECT_EQ(calls_.next_deadline(), start + 20ms + 4s);
  answer_all(2);
  answer_all(4);
  scatter(method::read, {9}, false, start + 60ms);
  EXPECT_EQ(calls_.next_deadline(), start + 60ms + 4s);
}

// -- writes -------------------------------------------------------------------

TEST_P(ApiCallsTest, WriteIsAnsweredAfterTheLastShard) {
  auto x = scatter(method::update, numbers(100));
  for (const auto& part : x.parts) {
    EXPECT_TRUE(answers_.empty());
    calls_.on_write({x.id, part.shard, {}});
  }
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_FALSE(answers_[0].failure);
}

TEST_P(ApiCallsTest, WriteFailsWithTheFirstShardThatDoes) {
  auto x = scatter(method::remove, numbers(100));
  calls_.on_write(
    {x.id, x.parts[0].shard, error{ec::overloaded, "redis: full"}});
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].failure->code, ec::overloaded);
  for (const auto& part : x.parts)
    calls_.on_write({x.id, part.shard, {}});
  EXPECT_EQ(answers_.size(), 1u);
}

// -- the backstop -------------------------------------------------------------

TEST_P(ApiCallsTest, SilentShardFailsTheCallAtTheDeadline) {
  auto x = scatter(method::read, numbers(100));
  EXPECT_EQ(calls_.next_deadline(), start + 4s);
  calls_.expire(start + 4s - 1us);
  EXPECT_TRUE(answers_.empty());
  calls_.expire(start + 4s);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].failure->code, ec::unavailable);
  EXPECT_EQ(answers_[0].failure->what, "redis a:1: no answer within 4000 ms");
  EXPECT_EQ(calls_.size(), 0u);
  EXPECT_FALSE(calls_.next_deadline());
  for (const auto& part : x.parts)
    answer(x.id, part);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_P(ApiCallsTest, AnsweredCallDoesNotExpire) {
  auto x = scatter(method::read, {42});
  answer(x.id, x.parts[0]);
  calls_.expire(start + 1min);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_P(ApiCallsTest, AnswerThatComesTwiceCountsOnce) {
  auto x = scatter(method::update, numbers(100));
  for (auto i = 0; i < 10; ++i)
    calls_.on_write({x.id, x.parts[0].shard, {}});
  EXPECT_EQ(answers_.size(), GetParam() == 1 ? 1u : 0u);
}

TEST(ApiCallsOfLanes, AskTheLaneOfEachUserAndAnswerInOrder) {
  lane_map map{2, 4};
  api_calls calls{std::vector<std::string>(map.size(), "memory"), 1s, 4};
  api_request request;
  request.what = method::read;
  for (int i = 0; i < 200; ++i)
    request.users.add(std::to_string(i));
  record_list records;
  auto x = calls.scatter(
    {std::move(request),
     [&](api_response answer) { records = std::move(answer.records); }},
    start);
  EXPECT_EQ(x.parts.size(), map.size());
  for (const auto& part : x.parts) {
    stored_records found;
    for (std::size_t i = 0; i < part.users.size(); ++i) {
      EXPECT_EQ(map.lane_of(part.users[i]), part.shard);
      found.add(record_of(part.users[i]));
    }
    calls.on_read({x.id, part.shard, std::move(found)});
  }
  ASSERT_EQ(records.size(), 200u);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(records[static_cast<std::size_t>(i)],
              record_of(std::to_string(i)));
}

} // namespace
} // namespace lastseen
