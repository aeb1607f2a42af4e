#include "actors/asio_clock.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>

#include <thread>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

/// The clock on a context that the test runs by hand.
class AsioClock : public test::actor_fixture {
protected:
  void schedule(std::chrono::milliseconds delay, int what) {
    schedule_at(clock.now() + delay, what);
  }

  void schedule_at(asio_clock::time_point when, int what) {
    clock.schedule_message(
      when, caf::actor_cast<caf::strong_actor_ptr>(self),
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, what));
  }

  /// The messages that came so far.
  std::vector<int> received() {
    std::vector<int> out;
    while (self->has_next_message())
      self->receive([&](int x) { out.push_back(x); });
    return out;
  }

  boost::asio::io_context io;
  asio_clock clock{io};
};

TEST_F(AsioClock, SendsNothingBeforeItsTime) {
  schedule(10min, 1);
  io.run_for(20ms);
  EXPECT_TRUE(received().empty());
}

TEST_F(AsioClock, SendsWhatIsDue) {
  schedule(1ms, 1);
  io.run(); // ends when no timer is set
  EXPECT_EQ(received(), std::vector{1});
}

TEST_F(AsioClock, SendsWhatIsDueAlready) {
  schedule(-1ms, 1);
  io.run();
  EXPECT_EQ(received(), std::vector{1});
}

TEST_F(AsioClock, SendsAnEarlierMessageThatWasScheduledLaterFirst) {
  schedule(10min, 1);
  io.poll(); // the timer is set for the first
  schedule(1ms, 2);
  io.run_for(1s);
  EXPECT_EQ(received(), std::vector{2});
}

TEST_F(AsioClock, KeepsTheOrderOfManyDueTimes) {
  std::vector<int> expected;
  auto base = clock.now() + 5ms;
  for (int i = 0; i < 1000; ++i) {
    schedule_at(base + std::chrono::milliseconds{i * 7 % 10}, i * 7 % 10);
    expected.push_back(i / 100);
  }
  io.run();
  EXPECT_EQ(received(), expected);
}

TEST_F(AsioClock, GoesOnWhenWhatItWaitedForIsCancelled) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(self);
  auto id = caf::make_message_id(1).response_id();
  clock.set_request_timeout(clock.now() + 1ms, actor, id);
  clock.cancel_request_timeout(actor, id);
  schedule(5ms, 1);
  io.run();
  EXPECT_EQ(received(), std::vector{1});
  EXPECT_FALSE(self->has_next_message());
}

TEST_F(AsioClock, DropsEverythingWhenStopped) {
  schedule(1ms, 1);
  schedule(10min, 2);
  io.poll();
  clock.stop();
  io.run(); // would not end with a timer set
  EXPECT_TRUE(received().empty());
}

TEST_F(AsioClock, TakesMessagesFromManyThreads) {
  auto guard = boost::asio::make_work_guard(io);
  std::thread runner{[&] { io.run(); }};
  std::vector<std::thread> senders;
  senders.reserve(4);
  for (int i = 0; i < 4; ++i)
    senders.emplace_back([this] {
      for (int j = 0; j < 200; ++j)
        schedule(std::chrono::milliseconds{j % 5}, j);
    });
  for (auto& x : senders)
    x.join();
  int sum = 0;
  for (int i = 0; i < 800; ++i)
    self->receive([&](int x) { sum += x; });
  EXPECT_EQ(sum, 4 * 200 * 199 / 2);
  guard.reset();
  runner.join();
}

} // namespace
} // namespace lastseen
