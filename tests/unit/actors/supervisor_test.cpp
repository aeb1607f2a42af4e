#include "actors/supervisor.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/shards.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <stdexcept>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::memory_store;
using test::users;
using method = api_request::method;

class Supervisor : public test::actor_fixture {
protected:
  void SetUp() override {
    shards.args.on_death = [this](std::string_view name, const caf::error&) {
      deaths.emplace_back(name);
    };
    aut = sys.spawn(supervisor, shards.args);
    drain();
    shards.open_stores();
    drain();
  }

  void TearDown() override {
    stop(aut);
    shards.directory->clear();
  }

  void call(method what, user_list list, api_callback done) {
    caf::anon_send(
      shards.directory->api(),
      api_call{{what, std::move(list), std::nullopt}, std::move(done)});
    drain();
  }

  void call(method what, user_list list) {
    call(what, std::move(list),
         [this](api_response x) { answers.push_back(std::move(x)); });
  }

  void beat(std::string user) {
    caf::anon_send(shards.directory->status_of(user),
                   heartbeat{user, now, true});
    drain();
  }

  /// What a user of the given shard is called.
  static std::string user_of(std::size_t shard) {
    for (int i = 0;; ++i)
      if (auto user = std::to_string(i); shard_of(user, 2) == shard)
        return user;
  }

  shard_options options;
  test::shards shards{2, options, clock()};
  caf::actor aut;
  std::vector<std::string> deaths;
  std::vector<api_response> answers;
};

TEST_F(Supervisor, TellsWhenAllActorsAreInTheirPlaces) {
  auto answer = self->request(aut, caf::infinite, caf::get_atom_v);
  drain();
  answer.receive([](caf::ok_atom) {}, [](caf::error&) { FAIL(); });
  EXPECT_TRUE(shards.directory->status(0));
  EXPECT_TRUE(shards.directory->status(1));
  EXPECT_TRUE(shards.directory->api());
}

TEST_F(Supervisor, StartsAStatusActorAnewAndLosesNoUpdate) {
  auto user = user_of(0);
  auto first = shards.directory->status(0);
  auto neighbour = shards.directory->status(1);
  shards.stores[0]->crash(1);
  beat(user);
  EXPECT_EQ(deaths, std::vector<std::string>{"status"});
  EXPECT_NE(shards.directory->status(0), first);
  EXPECT_EQ(shards.directory->status(1), neighbour);
  advance(options.flush_interval);
  EXPECT_EQ(shards.stores[0]->stored(user).online,
            memory_store::stamp_of(now - 5ms));
}

TEST_F(Supervisor, AnswersACallWhoseStatusActorDied) {
  shards.stores[0]->crash(1);
  call(method::update, users({user_of(0), user_of(1)}));
  EXPECT_EQ(deaths.size(), 1u);
  EXPECT_TRUE(answers.empty());
  advance(options.flush_interval);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
  EXPECT_NE(shards.stores[0]->stored(user_of(0)).active, 0);
}

TEST_F(Supervisor, ReadsAgainWhatADeadStatusActorHadAskedFor) {
  auto user = user_of(0);
  shards.stores[0]->put(user, 1000);
  shards.stores[0]->hold_reads();
  call(method::read, users({user}));
  shards.stores[0]->crash(1);
  beat("other " + user_of(0)); // may belong to the other shard
  beat(user);
  ASSERT_EQ(deaths.size(), 1u);
  shards.stores[0]->release(); // the old answer means nothing to the new actor
  drain();
  advance(options.flush_interval);
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_FALSE(answers[0].failure);
  EXPECT_EQ(answers[0].records[0].active, 1000);
}

TEST_F(Supervisor, WritesABatchAgainWhoseAnswerADeadActorWouldHaveGot) {
  auto user = user_of(0);
  shards.stores[0]->hold();
  call(method::update, users({user}));
  EXPECT_EQ(shards.stores[0]->writes(), 1u);
  self->send_exit(shards.directory->status(0), caf::exit_reason::user_shutdown);
  drain();
  ASSERT_EQ(deaths.size(), 1u);
  advance(options.flush_interval);
  EXPECT_EQ(shards.stores[0]->writes(), 2u);
  EXPECT_TRUE(answers.empty());
  shards.stores[0]->release();
  drain();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
}

TEST_F(Supervisor, WaitsLongerAndLongerBetweenDeathsInARow) {
  shards.stores[0]->crash(4);
  beat(user_of(0));
  // The first successor came at once and died when it was time to flush.
  advance(options.flush_interval);
  ASSERT_EQ(deaths.size(), 2u);
  auto dead = shards.directory->status(0);
  advance(9ms);
  EXPECT_EQ(shards.directory->status(0), dead);
  advance(1ms); // dies at once
  EXPECT_EQ(deaths.size(), 3u);
  dead = shards.directory->status(0);
  advance(29ms);
  EXPECT_EQ(shards.directory->status(0), dead);
  advance(1ms);
  EXPECT_EQ(deaths.size(), 4u);
  advance(69ms);
  EXPECT_EQ(shards.stores[0]->stored(user_of(0)).online, 0);
  advance(1ms);
  EXPECT_EQ(deaths.size(), 4u);
  EXPECT_NE(shards.stores[0]->stored(user_of(0)).online, 0);
}

TEST_F(Supervisor, TellsTheSuccessorWhatTheStoreSaidWhileThereWasNone) {
  shards.stores[0]->set_link(false);
  drain();
  stop(shards.directory->status(0));
  stop(shards.directory->status(0));
  ASSERT_EQ(deaths.size(), 2u);
  shards.stores[0]->set_link(true); // no actor hears it
  drain();
  advance(10ms);
  call(method::update, users({user_of(0)}));
  advance(options.flush_interval);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
  EXPECT_EQ(shards.args.shards[0].gauge->problem(), "");
}

TEST_F(Supervisor, StartsAtOnceAgainAfterACalmMinute) {
  for (int i = 0; i < 3; ++i) {
    auto before = shards.directory->status(0);
    stop(before);
    EXPECT_NE(shards.directory->status(0), before);
    advance(61s);
  }
  EXPECT_EQ(deaths.size(), 3u);
}

TEST_F(Supervisor, StartsTheApiActorAnewAndItsCallsAreAnswered) {
  auto user = user_of(0);
  shards.stores[0]->hold();
  call(method::update, users({user}));
  auto first = shards.directory->api();
  call(method::read, users({user_of(1)}),
       [](const api_response&) { throw std::runtime_error("injected"); });
  EXPECT_EQ(deaths, std::vector<std::string>{"api"});
  EXPECT_NE(shards.directory->api(), first);
  shards.stores[0]->release();
  drain();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].failure);
  call(method::read, users({user}));
  EXPECT_EQ(answers.size(), 2u);
}

TEST_F(Supervisor, LetsTheNewApiActorFailWhatIsLate) {
  shards.stores[0]->hold();
  call(method::update, users({user_of(0)}));
  stop(shards.directory->status(0)); // the shard's own deadline goes on
  stop(shards.directory->api());
  advance(options.timeout + 100ms);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].failure);
}

TEST_F(Supervisor, FailsCallsThatADeadApiActorDidNotTakeIn) {
  auto send = [&](auto done) {
    caf::anon_send(shards.directory->api(),
                   api_call{{method::read, users({"42"}), {}}, done});
  };
  auto answer = [&](api_response x) { answers.push_back(std::move(x)); };
  auto crash = [](const api_response&) {
    throw std::runtime_error("injected");
  };
  send(answer); // so that there is a trip to wait for
  drain();
  ASSERT_EQ(answers.size(), 1u);
  caf::anon_send(shards.directory->api(), api_call{{}, crash});
  send(answer); // behind it in the mailbox
  drain();
  ASSERT_EQ(answers.size(), 2u);
  ASSERT_TRUE(answers[1].failure);
  EXPECT_EQ(answers[1].failure->code, ec::unavailable);
  caf::anon_send(shards.directory->api(), api_call{{}, crash});
  drain(); // the second death: there is no actor for a moment
  send(answer);
  drain();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[2].failure);
  advance(1s);
  send(answer);
  drain();
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_FALSE(answers[3].failure);
}

TEST_F(Supervisor, StopsTheApiActorBeforeThoseItAsks) {
  std::vector<int> order;
  auto note = [&](int who) {
    return [&order, who](const caf::error&) { order.push_back(who); };
  };
  auto watch = [&](const auto& x, int who) {
    caf::actor_cast<caf::abstract_actor*>(x)->attach(caf::attachable_ptr{
      new caf::detail::functor_attachable<decltype(note(0))>(note(who))});
  };
  watch(shards.directory->status(0), 0);
  watch(shards.directory->status(1), 1);
  watch(shards.directory->api(), 2);
  self->monitor(aut);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  drain();
  EXPECT_EQ(order, (std::vector{2, 1, 0}));
  bool ended = false;
  self->receive([&](const caf::down_msg& x) {
    ended = x.reason == caf::exit_reason::user_shutdown;
  });
  EXPECT_TRUE(ended);
  EXPECT_TRUE(deaths.empty());
}

TEST_F(Supervisor, EndsWhenAChildIsWaitingToBeStarted) {
  stop(shards.directory->status(0));
  stop(shards.directory->status(0));
  ASSERT_EQ(deaths.size(), 2u);
  auto dead = shards.directory->status(0);
  self->monitor(aut);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  drain();
  EXPECT_TRUE(self->has_next_message());
  advance(10s);
  EXPECT_EQ(shards.directory->status(0), dead);
}

} // namespace
} // namespace lastseen
