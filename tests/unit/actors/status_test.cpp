#include "actors/status.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/shards.hpp"

#include <caf/detail/simple_actor_clock.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::memory_store;
using test::users;

connection_actor::behavior_type
dummy_connection(connection_actor::pointer, std::vector<activity_answer>* out) {
  return {
    [out](const activity_answer& x) { out->push_back(x); },
    [](keys_atom) {},
    [](caf::close_atom) {},
  };
}

api_actor::behavior_type dummy_api(api_actor::pointer, read_answers* reads,
                                   std::vector<write_answer>* writes) {
  return {
    [](api_call&) {},
    [reads](const read_answers& x) {
      reads->insert(reads->end(), x.begin(), x.end());
    },
    [writes](const write_answer& x) { writes->push_back(x); },
    [](work_atom) {},
  };
}

class StatusActor : public test::actor_fixture {
protected:
  StatusActor() {
    client = sys.spawn(dummy_connection, &answers);
    api = sys.spawn(dummy_api, &reads, &writes);
  }

  void start() {
    shard.emplace(1, options, clock());
    aut = sys.spawn(status, shard->args.shards[0]);
    shard->directory->set_status(0, aut);
    shard->directory->set_api(api);
    shard->open_stores();
    drain();
    store = shard->stores[0];
  }

  void TearDown() override {
    stop(aut);
    stop(client);
    stop(api);
    shard->directory->clear();
  }

  void act(std::uint32_t number, std::string user,
           std::optional<std::string> state = std::nullopt) {
    caf::send_as(client, aut,
                 activity{number, std::move(user), now, std::move(state)});
    drain();
  }

  status_args& aut_args() {
    return caf::actor_cast<status_actor::stateful_pointer<status_state>>(aut)
      ->state.args;
  }

  template <class T>
  void tell(T x) {
    caf::anon_send(aut, std::move(x));
    drain();
  }

  stamp at(local_time t) const {
    return memory_store::stamp_of(t);
  }

  shard_options options;
  std::optional<test::shards> shard;
  std::shared_ptr<memory_store> store;
  status_actor aut;
  connection_actor client;
  api_actor api;
  std::vector<activity_answer> answers;
  read_answers reads;
  std::vector<write_answer> writes;
};

TEST_F(StatusActor, AnswersAnActivityAndWritesIt) {
  start();
  act(7, "42", "away");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].number, 7u);
  EXPECT_TRUE(answers[0].accepted);
  auto stored = store->stored("42");
  EXPECT_EQ(stored.active, at(now));
  EXPECT_EQ(stored.online, at(now));
  EXPECT_EQ(stored.state, "away");
}

TEST_F(StatusActor, RefusesANewUserWhenItsTableIsFull) {
  options.pending.max_pending_users = 1;
  start();
  store->hold();
  act(1, "a");
  act(2, "b");
  act(3, "a");
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[0].accepted);
  EXPECT_EQ(answers[1].number, 2u);
  EXPECT_FALSE(answers[1].accepted);
  EXPECT_TRUE(answers[2].accepted);
  EXPECT_EQ(shard->args.shards[0].gauge->pending, 1u);
}

TEST_F(StatusActor, WritesASignOfLifeWithoutAnAnswer) {
  start();
  tell(heartbeat{"42", now, true});
  EXPECT_EQ(store->stored("42").online, at(now));
  EXPECT_EQ(store->stored("42").active, 0);
  EXPECT_TRUE(answers.empty());
}

TEST_F(StatusActor, TellsHowManyMessagesWait) {
  start();
  for (const auto* user : {"1", "2", "3"})
    caf::anon_send(aut, heartbeat{user, now});
  for (std::size_t left : {2u, 1u, 0u}) {
    ASSERT_TRUE(sched.has_job());
    sched.run_once();
    EXPECT_EQ(shard->args.shards[0].gauge->mailbox_length, left);
  }
}

TEST_F(StatusActor, WakesItselfWhenAUsersWindowCloses) {
  start();
  act(1, "42");
  auto first = now;
  advance(300ms);
  act(2, "42");
  auto last = now;
  EXPECT_EQ(store->stored("42").active, at(first));
  advance(699ms);
  EXPECT_EQ(store->stored("42").active, at(first));
  advance(1ms);
  EXPECT_EQ(store->stored("42").active, at(last));
  EXPECT_EQ(store->writes(), 2u);
}

TEST_F(StatusActor, KeepsFewTimersHoweverMuchHappens) {
  start();
  for (std::uint32_t i = 0; i < 300; ++i) {
    act(i, "user-" + std::to_string(i % 7));
    advance(10ms);
  }
  auto& timers = dynamic_cast<caf::detail::simple_actor_clock&>(sched.clock());
  EXPECT_LE(timers.schedule().size(), 8u);
}

TEST_F(StatusActor, SpacesItsBatches) {
  start();
  act(1, "a");
  act(2, "b");
  act(3, "c");
  EXPECT_EQ(store->writes(), 1u);
  advance(options.flush_interval);
  EXPECT_EQ(store->writes(), 2u);
  EXPECT_NE(store->stored("c").active, 0);
}

TEST_F(StatusActor, WritesNothingBeforeTheStoreIsUp) {
  start();
  store->set_link(false);
  drain();
  act(1, "42");
  EXPECT_TRUE(answers.at(0).accepted);
  advance(100ms);
  EXPECT_EQ(store->writes(), 0u);
  store->set_link(true);
  drain();
  EXPECT_EQ(store->stored("42").active, at(now - 100ms));
}

TEST_F(StatusActor, TellsWhenTheStoreBeginsAndStopsToRefuse) {
  start();
  std::vector<std::string> told;
  aut_args().on_refusal = [&](const error* why) {
    told.push_back(why != nullptr ? why->what : "");
  };
  store->fail(3, ec::not_ready);
  act(1, "a");
  auto retries = [&] {
    for (auto i = 0; i < 10; ++i)
      advance(100ms);
  };
  retries();
  EXPECT_NE(store->stored("a").active, 0);
  store->fail(1, ec::unavailable); // the link tells of that
  act(2, "b");
  retries();
  EXPECT_NE(store->stored("b").active, 0);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_NE(told[0].find("write"), std::string::npos) << told[0];
  EXPECT_EQ(told[1], "");
}

TEST_F(StatusActor, AnswersAWriteCallOnceTheStoreHasAcknowledged) {
  start();
  store->hold();
  tell(write_call{9, users({"a", "b"}), {.active = true}, now});
  EXPECT_EQ(store->held(), 1u);
  EXPECT_TRUE(writes.empty());
  store->release();
  drain();
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes[0].id, 9u);
  EXPECT_FALSE(writes[0].failure);
  EXPECT_EQ(store->stored("b").active, at(now));
  EXPECT_EQ(shard->args.shards[0].gauge->pending, 0u);
}

TEST_F(StatusActor, AnswersADeleteWhenTheClockIsPastIt) {
  start();
  act(1, "42");
  advance(options.flush_interval);
  tell(write_call{9, users({"42"}), {.deleted = true}, now});
  EXPECT_TRUE(writes.empty());
  advance(2ms);
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_FALSE(writes[0].failure);
  EXPECT_EQ(store->stored("42").active, 0);
  act(2, "42"); // is later than the delete
  advance(1s);
  EXPECT_NE(store->stored("42").active, 0);
}

TEST_F(StatusActor, FailsAWriteCallThatTheStoreDoesNotAnswer) {
  start();
  store->hold();
  tell(write_call{9, users({"42"}), {.active = true}, now});
  advance(options.timeout - 1ms);
  EXPECT_TRUE(writes.empty());
  advance(1ms);
  ASSERT_EQ(writes.size(), 1u);
  ASSERT_TRUE(writes[0].failure);
  EXPECT_EQ(writes[0].failure->code, ec::unavailable);
  EXPECT_NE(writes[0].failure->what.find("memory 0"), std::string::npos);
}

TEST_F(StatusActor, TriesAFailedBatchAgain) {
  start();
  store->fail(1, ec::not_ready);
  auto when = now;
  act(1, "42");
  EXPECT_EQ(store->stored("42").active, 0);
  advance(20ms);
  EXPECT_EQ(store->stored("42").active, at(when));
  EXPECT_EQ(store->writes(), 2u);
}

TEST_F(StatusActor, DropsWhatTheStoreRefusesForGood) {
  start();
  store->fail(1, ec::rejected);
  tell(write_call{9, users({"42"}), {.active = true}, now});
  ASSERT_EQ(writes.size(), 1u);
  ASSERT_TRUE(writes[0].failure);
  EXPECT_EQ(writes[0].failure->code, ec::rejected);
  advance(1s);
  EXPECT_EQ(store->writes(), 1u);
}

TEST_F(StatusActor, ReadsWhatItHasNotWrittenYet) {
  start();
  store->put("a", 0, at(now - 1h));
  store->hold();
  tell(write_call{1, users({"a"}), {.active = true}, now});
  tell(read_call{2, users({"b", "a", "a"})});
  store->release();
  drain();
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ(reads[0].id, 2u);
  ASSERT_TRUE(reads[0].records);
  auto& records = *reads[0].records;
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0], record{});
  EXPECT_EQ(records[1].active, at(now));
  EXPECT_EQ(records[1].online, at(now - 1h));
  EXPECT_EQ(records[2], records[1]);
}

TEST_F(StatusActor, OverlaysUpdatesThatAreHeldBack) {
  start();
  act(1, "42");
  advance(500ms);
  act(2, "42"); // waits for the window to close
  tell(read_call{1, users({"42"})});
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_EQ((*reads[0].records)[0].active, at(now));
  EXPECT_EQ(store->stored("42").active, at(now - 500ms));
}

TEST_F(StatusActor, FailsReadsThatTheStoreDoesNotAnswer) {
  start();
  store->hold();
  tell(read_call{1, users({"42"})});
  advance(options.timeout - 1ms);
  EXPECT_TRUE(reads.empty());
  advance(1ms);
  ASSERT_EQ(reads.size(), 1u);
  EXPECT_FALSE(reads[0].records);
}

TEST_F(StatusActor, FailsReadsAtOnceWhenTheStoreIsDownForASecond) {
  start();
  store->set_link(false);
  tell(read_call{1, users({"42"})});
  EXPECT_TRUE(reads.empty());
  advance(999ms);
  EXPECT_TRUE(reads.empty());
  advance(1ms);
  ASSERT_EQ(reads.size(), 1u);
  tell(read_call{2, users({"42"})});
  ASSERT_EQ(reads.size(), 2u);
  ASSERT_FALSE(reads[1].records);
  EXPECT_EQ(reads[1].records.error().what, "memory 0: link: injected");
}

TEST_F(StatusActor, HoldsNothingBackOnceItDrains) {
  start();
  act(1, "42");
  advance(10ms);
  act(2, "42");
  EXPECT_NE(store->stored("42").active, at(now));
  EXPECT_FALSE(shard->args.shards[0].gauge->draining);
  tell(drain_atom_v);
  EXPECT_TRUE(shard->args.shards[0].gauge->draining);
  EXPECT_EQ(store->stored("42").active, at(now));
  EXPECT_EQ(shard->args.shards[0].gauge->pending, 0u);
  act(3, "43"); // no spacing either
  act(4, "44");
  EXPECT_NE(store->stored("44").active, 0);
}

} // namespace
} // namespace lastseen
