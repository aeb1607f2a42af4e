#include "tests/support/io_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::io_system;

TEST(AsioSchedulerTime, DeliversManyDelayedMessagesInTheOrderOfTheirTimes) {
  constexpr int n = 500;
  io_system sys{2};
  std::vector<int> got;
  std::promise<void> done;
  sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    std::vector<int> numbers(n);
    for (int i = 0; i < n; ++i)
      numbers[static_cast<std::size_t>(i)] = i;
    std::shuffle(numbers.begin(), numbers.end(), std::minstd_rand{1});
    auto base = sys->clock().now() + 50ms;
    for (int i : numbers)
      self->scheduled_send(self, base + i * 100us, i);
    return {[&, self](int i) {
      got.push_back(i);
      if (got.size() == n) {
        done.set_value();
        self->quit();
      }
    }};
  });
  ASSERT_EQ(done.get_future().wait_for(test::io_patience),
            std::future_status::ready);
  EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
}

TEST(AsioSchedulerTime, DeliversAnEarlierMessageThatWasScheduledLater) {
  io_system sys{2};
  std::promise<int> first;
  sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 1h, 1);
    self->delayed_send(self, 10ms, 2);
    return {[&, self](int x) {
      first.set_value(x);
      self->quit();
    }};
  });
  auto got = first.get_future();
  ASSERT_EQ(got.wait_for(test::io_patience), std::future_status::ready);
  EXPECT_EQ(got.get(), 2);
}

TEST(AsioSchedulerTime, TimesOutManyRequestsAtOnce) {
  constexpr int n = 300;
  io_system sys{2};
  auto silent = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](int) {
      return self->make_response_promise<int>(); // for ever
    }};
  });
  std::atomic<int> late = 0;
  std::atomic<int> other = 0;
  sys.spawn([&](caf::event_based_actor* self) {
    for (int i = 0; i < n; ++i)
      self->request(silent, 20ms, i)
        .then([&](int) { ++other; },
              [&](const caf::error& e) {
                ++(e == caf::sec::request_timeout ? late : other);
              });
  });
  EXPECT_TRUE(eventually([&] { return late == n; })) << late;
  EXPECT_EQ(other, 0);
  caf::anon_send_exit(silent, caf::exit_reason::user_shutdown);
}

TEST(AsioSchedulerTime, CancelsTheTimeOutOfARequestThatIsAnswered) {
  io_system sys{2};
  auto echo = sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int x) { return x; }};
  });
  std::atomic<int> answers = 0;
  std::atomic<int> errors = 0;
  std::atomic<bool> over = false;
  sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    for (int i = 0; i < 100; ++i)
      self->request(echo, 5s, i)
        .then([&](int) { ++answers; }, [&](caf::error&) { ++errors; });
    self->delayed_send(self, 5ms, 1);
    return {[&, self](int) {
      over = true;
      self->quit();
    }};
  });
  EXPECT_TRUE(eventually([&] { return answers == 100 && over; }));
  EXPECT_EQ(errors, 0);
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
}

} // namespace
} // namespace lastseen
