#include "actors/api.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/shards.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <random>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::users;
using method = api_request::method;

/// Takes everything and says nothing. (CAF 0.17 itself trips over UBSan when a
/// function gets no argument.)
status_actor::behavior_type silent_status(status_actor::pointer, int) {
  return {
    [](activity&) {},   [](const heartbeat&) {}, [](read_call&) {},
    [](write_call&) {}, [](link_atom) {},        [](store_written&) {},
    [](store_read&) {}, [](drain_atom) {},       [](work_atom) {},
  };
}

/// The API actor before real status actors.
class ApiActor : public test::actor_fixture,
                 public testing::WithParamInterface<std::size_t> {
protected:
  void SetUp() override {
    auto& dir = *shards.directory;
    for (auto& x : shards.args.shards)
      dir.set_status(x.index, spawned.emplace_back(sys.spawn(status, x)));
    aut = sys.spawn(api, shards.args.api);
    dir.set_api(aut);
    shards.open_stores();
    drain();
  }

  void TearDown() override {
    stop(aut);
    for (auto& x : spawned)
      stop(x);
    shards.directory->clear();
  }

  void call(api_request request) {
    caf::anon_send(aut, api_call{std::move(request), [this](api_response x) {
                                   answers.push_back(std::move(x));
                                 }});
    drain();
  }

  void make_silent(std::size_t shard) {
    auto& x = spawned.emplace_back(sys.spawn(silent_status, 0));
    shards.directory->set_status(shard, x);
  }

  static std::string name(std::size_t i) {
    return "user:" + std::to_string(i);
  }

  shard_options options;
  test::shards shards{GetParam(), options, clock()};
  std::vector<status_actor> spawned;
  api_actor aut;
  std::vector<api_response> answers;
};

INSTANTIATE_TEST_SUITE_P(Shards, ApiActor, testing::Values(1, 3, 8),
                         [](const auto& x) { return std::to_string(x.param); });

TEST_P(ApiActor, AnswersTenThousandUsersInTheOrderOfTheRequest) {
  constexpr std::size_t known = 3000;
  for (std::size_t i = 0; i < known; ++i)
    shards.store_of(name(i)).put(name(i), static_cast<stamp>(1000 + i));
  std::minstd_rand random{1};
  api_request request{.what = method::read, .users = {}, .state = {}};
  std::vector<std::size_t> asked(10'000);
  for (auto& i : asked)
    request.users.add(name(i = random() % (2 * known)));
  call(std::move(request));
  ASSERT_EQ(answers.size(), 1u);
  auto& got = answers[0];
  EXPECT_FALSE(got.failure);
  EXPECT_TRUE(got.failed.empty());
  ASSERT_EQ(got.users.size(), asked.size());
  ASSERT_EQ(got.records.size(), asked.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto expected = asked[i] < known ? static_cast<stamp>(1000 + asked[i]) : 0;
    wrong +=
      got.users[i] != name(asked[i]) || got.records[i].active != expected;
  }
  EXPECT_EQ(wrong, 0u);
}

TEST_P(ApiActor, UpdatesAllUsersOnTheirShards) {
  api_request request{.what = method::update, .users = {}, .state = "busy"};
  for (std::size_t i = 0; i < 100; ++i)
    request.users.add(name(i));
  call(std::move(request));
  advance(options.flush_interval);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
  for (std::size_t i = 0; i < 100; ++i) {
    auto stored = shards.store_of(name(i)).stored(name(i));
    EXPECT_NE(stored.active, 0);
    EXPECT_EQ(stored.online, 0);
    EXPECT_EQ(stored.state, "busy");
  }
}

TEST_P(ApiActor, DeletesAllUsers) {
  api_request request{.what = method::remove, .users = {}, .state = {}};
  for (std::size_t i = 0; i < 100; ++i) {
    shards.store_of(name(i)).put(name(i), 1000);
    request.users.add(name(i));
  }
  call(std::move(request));
  advance(options.flush_interval);
  advance(1ms);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(shards.store_of(name(i)).stored(name(i)).active, 0);
}

TEST_P(ApiActor, AnswersACallWithoutUsers) {
  call({.what = method::read, .users = {}, .state = {}});
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
}

TEST_P(ApiActor, TellsHowManyMessagesWait) {
  std::atomic<std::size_t> length{7};
  auto args = shards.args.api;
  args.mailbox_length = &length;
  auto other = sys.spawn(api, args);
  drain();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(other, api_call{{}, [](const api_response&) {}});
  for (std::size_t left : {2u, 1u, 0u}) {
    ASSERT_TRUE(sched.has_job());
    sched.run_once();
    EXPECT_EQ(length, left);
  }
  stop(other);
}

TEST_P(ApiActor, FailsACallWithTheErrorOfTheShard) {
  auto shard = shard_of("alice", GetParam());
  shards.stores[shard]->fail(1, ec::rejected);
  call({.what = method::read, .users = users({"alice", "42"}), .state = {}});
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0].failure);
  EXPECT_EQ(answers[0].failure->code, ec::rejected);
  EXPECT_EQ(answers[0].failure->what,
            "memory " + std::to_string(shard) + ": read: injected");
}

TEST_P(ApiActor, FailsACallWhenAStoreStaysSilent) {
  shards.store_of("42").hold();
  call({.what = method::update, .users = users({"42", "1"}), .state = {}});
  advance(options.timeout - 1ms);
  EXPECT_TRUE(answers.empty());
  advance(1ms);
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0].failure);
  EXPECT_NE(answers[0].failure->what.find("memory"), std::string::npos);
  shards.store_of("42").release();
  drain();
  EXPECT_EQ(answers.size(), 1u); // once
}

TEST_P(ApiActor, FailsACallWhenAStatusActorStaysSilent) {
  make_silent(shard_of("42", GetParam()));
  call({.what = method::read, .users = users({"42", "1"}), .state = {}});
  advance(options.timeout + 99ms);
  EXPECT_TRUE(answers.empty());
  advance(1ms);
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0].failure);
  EXPECT_EQ(answers[0].failure->code, ec::unavailable);
}

TEST_P(ApiActor, ServesTheNextCallAfterOneThatRanOutOfTime) {
  make_silent(shard_of("42", GetParam()));
  call({.what = method::read, .users = users({"42"}), .state = {}});
  advance(1s);
  call({.what = method::read, .users = users({"42"}), .state = {}});
  advance(options.timeout + 100ms - 1s);
  EXPECT_EQ(answers.size(), 1u);
  advance(1s);
  EXPECT_EQ(answers.size(), 2u);
}

class PartialRead : public ApiActor {
protected:
  void check(std::size_t silent) {
    ASSERT_EQ(answers.size(), 1u);
    auto& got = answers[0];
    EXPECT_FALSE(got.failure);
    ASSERT_EQ(got.records.size(), 200u);
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < 200; ++i)
      if (shard_of(name(i), GetParam()) == silent)
        expected.push_back(i);
      else
        EXPECT_EQ(got.records[i].active, 1000);
    std::vector<std::size_t> failed;
    for (auto& x : got.failed)
      failed.push_back(x.position);
    EXPECT_EQ(failed, expected);
    EXPECT_FALSE(failed.empty());
  }

  void read_all() {
    api_request request{
      .what = method::read, .users = {}, .state = {}, .allow_partial = true};
    for (std::size_t i = 0; i < 200; ++i) {
      shards.store_of(name(i)).put(name(i), 1000);
      request.users.add(name(i));
    }
    call(std::move(request));
  }
};

INSTANTIATE_TEST_SUITE_P(Shards, PartialRead, testing::Values(1, 3, 8),
                         [](const auto& x) { return std::to_string(x.param); });

TEST_P(PartialRead, AnswersTheRestWhenAStoreFails) {
  shards.stores[0]->fail(10, ec::rejected);
  read_all();
  check(0);
  EXPECT_EQ(answers[0].failed[0].why.code, ec::rejected);
}

TEST_P(PartialRead, AnswersTheRestWhenAStoreStaysSilent) {
  shards.stores[0]->hold();
  read_all();
  EXPECT_TRUE(answers.empty());
  advance(options.timeout);
  check(0);
}

TEST_P(PartialRead, AnswersTheRestWhenAStatusActorStaysSilent) {
  make_silent(0);
  read_all();
  advance(options.timeout + 100ms);
  check(0);
}

} // namespace
} // namespace lastseen
