#include "actors/asio_scheduler.hpp"
#include "actors/pinned.hpp"
#include "tests/support/io_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::io_system;

// -- life of the threads ------------------------------------------------------

TEST(AsioScheduler, HasAsManyThreadsAsConfigured) {
  io_system sys{3};
  EXPECT_EQ(sys.scheduler().size(), 3u);
}

TEST(AsioScheduler, HasAThreadPerCoreByDefault) {
  io_system sys{0};
  EXPECT_EQ(sys.scheduler().size(),
            std::max(1u, std::thread::hardware_concurrency()));
}

TEST(AsioScheduler, EndsWithoutActors) {
  for (int i = 0; i < 20; ++i)
    io_system{2};
}

TEST(AsioScheduler, LetsActorsFinishTheirWorkBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    io_system sys{2};
    for (int i = 0; i < 10; ++i)
      sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
        self->send(self, 10'000);
        return {[&done, self](int left) {
          if (left > 0) {
            self->send(self, left - 1);
            return;
          }
          ++done;
          self->quit();
        }};
      });
  }
  EXPECT_EQ(done, 10);
}

TEST(AsioScheduler, DropsDelayedMessagesOfDeadActorsAtItsEnd) {
  auto begin = std::chrono::steady_clock::now();
  {
    io_system sys{2};
    for (int i = 0; i < 200; ++i)
      sys.spawn([](caf::event_based_actor* self) {
        self->delayed_send(self, 1h, 1);
        self->request(caf::actor{self}, 3600s, 2)
          .then([](int) {}, [](caf::error&) {});
        self->quit();
      });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, test::io_patience);
}

TEST(AsioScheduler, WaitsForADelayedMessageThatALiveActorNeeds) {
  std::atomic<bool> got = false;
  {
    io_system sys{1};
    sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
      self->delayed_send(self, 20ms, 1);
      return {[&got, self](int) {
        got = true;
        self->quit();
      }};
    });
  }
  EXPECT_TRUE(got);
}

// -- where actors run ---------------------------------------------------------

TEST(AsioScheduler, RunsActorsOnItsThreads) {
  io_system sys{2};
  std::promise<io_thread*> where;
  sys.spawn(
    [&](caf::event_based_actor*) { where.set_value(io_thread::current()); });
  EXPECT_NE(where.get_future().get(), nullptr);
  EXPECT_EQ(io_thread::current(), nullptr);
}

TEST(AsioScheduler, WakesAnActorOnTheThreadOfItsSender) {
  io_system sys{2};
  std::atomic<int> elsewhere = 0;
  std::atomic<int> got = 0;
  auto receiver = sys.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](std::uint64_t sender) {
      auto here = reinterpret_cast<std::uint64_t>(io_thread::current());
      elsewhere += here != sender;
      ++got;
    }};
  });
  for (std::size_t i = 0; i < 200; ++i) {
    auto seen = got.load();
    auto where = i / 3 % 2;
    sys.on(where, [&] {
      auto here = reinterpret_cast<std::uint64_t>(io_thread::current());
      caf::anon_send(receiver, here);
    });
    ASSERT_TRUE(eventually([&] { return got > seen; }));
    sys.on(where, [] {}); // it sleeps again
  }
  EXPECT_EQ(elsewhere, 0);
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
}

/// Notes each time it runs on a thread that is not its home.
class homebody : public pinned<caf::event_based_actor> {
public:
  homebody(caf::actor_config& cfg, io_thread& home, std::atomic<int>& runs,
           std::atomic<int>& strays)
    : pinned(cfg, home), runs_(runs), strays_(strays) {}

protected:
  caf::behavior make_behavior() override {
    note();
    return {[this](int who, int number) {
      note();
      auto& last = last_[static_cast<std::size_t>(who)];
      strays_ += number <= last; // overtaken
      last = number;
    }};
  }

private:
  void note() {
    ++runs_;
    strays_ += io_thread::current() != &home();
  }

  std::array<int, 3> last_{};
  std::atomic<int>& runs_;
  std::atomic<int>& strays_;
};

TEST(AsioScheduler, RunsAPinnedActorAtHomeWhoeverSends) {
  constexpr int messages = 5000;
  io_system sys{3};
  std::atomic<int> runs = 0;
  std::atomic<int> strays = 0;
  auto target = caf::actor_cast<caf::actor>(
    sys->spawn<homebody>(sys.thread(1), runs, strays));
  // From an actor on its own thread, one on another, and no I/O thread.
  for (int sender : {1, 2})
    sys.on(static_cast<std::size_t>(sender), [&] {
      sys.spawn([=](caf::event_based_actor* self) {
        for (int i = 1; i <= messages; ++i)
          self->send(target, sender, i);
      });
    });
  for (int i = 1; i <= messages; ++i)
    caf::anon_send(target, 0, i);
  EXPECT_TRUE(eventually([&] { return runs == 3 * messages + 1; })) << runs;
  EXPECT_EQ(strays, 0);
  // It sleeps when a message comes.
  for (int i = 1; i <= 10; ++i) {
    sys.on(1, [] {});
    sys.on(2, [&] { caf::anon_send(target, 2, messages + i); });
    ASSERT_TRUE(eventually([&] { return runs == 3 * messages + 2 * i; }));
    sys.on(1, [] {});
    caf::anon_send(target, 0, messages + i);
    ASSERT_TRUE(eventually([&] { return runs == 3 * messages + 2 * i + 1; }));
  }
  EXPECT_EQ(strays, 0);
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
}

TEST(AsioScheduler, StartsPinnedActorsAtHome) {
  io_system sys{3};
  std::atomic<int> runs = 0;
  std::atomic<int> strays = 0;
  std::vector<caf::actor> actors;
  for (std::size_t i = 0; i < 300; ++i)
    actors.push_back(caf::actor_cast<caf::actor>(
      sys->spawn<homebody>(sys.thread(i % 3), runs, strays)));
  sys.on(0, [&] { // from a foreign I/O thread
    for (int i = 0; i < 300; ++i)
      actors.push_back(caf::actor_cast<caf::actor>(
        sys->spawn<homebody>(sys.thread(1), runs, strays)));
  });
  EXPECT_TRUE(eventually([&] { return runs == 600; })) << runs;
  EXPECT_EQ(strays, 0);
  for (auto& x : actors)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

/// Work that is no actor.
class job : public caf::resumable, public caf::ref_counted {
public:
  explicit job(std::atomic<io_thread*>& where) : where_(where) {}

  resume_result resume(caf::execution_unit* here, std::size_t) override {
    where_ = static_cast<io_thread*>(here);
    return done;
  }
  void intrusive_ptr_add_ref_impl() override {
    ref();
  }
  void intrusive_ptr_release_impl() override {
    deref();
  }

private:
  std::atomic<io_thread*>& where_;
};

TEST(AsioScheduler, RunsAJobThatComesFromAForeignThreadAtHome) {
  io_system sys{2};
  std::array<std::atomic<io_thread*>, 3> where{};
  sys.thread(1).exec_later(new job(where[0]));
  sys.on(0, [&] { sys.thread(1).exec_later(new job(where[1])); });
  sys.on(1, [&] { sys.thread(0).exec_later(new job(where[2])); });
  EXPECT_TRUE(eventually([&] { return where[0] == &sys.thread(1); }));
  EXPECT_TRUE(eventually([&] { return where[1] == &sys.thread(1); }));
  EXPECT_TRUE(eventually([&] { return where[2] == &sys.thread(0); }));
}

// -- fairness -----------------------------------------------------------------

TEST(AsioScheduler, ServesTimersAndActorsBesideAnActorThatNeverRests) {
  io_system sys{1};
  std::atomic<bool> stop = false;
  auto restless = sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->send(self, 1);
    return {[&stop, self](int) {
      if (!stop)
        self->send(self, 1);
    }};
  });
  std::promise<void> timer_done;
  boost::asio::steady_timer timer{sys.thread(0).context(), 5ms};
  sys.on(0, [&] { timer.async_wait([&](auto) { timer_done.set_value(); }); });
  EXPECT_EQ(timer_done.get_future().wait_for(test::io_patience),
            std::future_status::ready);
  std::atomic<int> got = 0;
  auto modest = sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 5ms, 1);
    return {[&](int) { ++got; }};
  });
  caf::anon_send(modest, 1);
  EXPECT_TRUE(eventually([&] { return got == 2; }));
  stop = true;
  caf::anon_send_exit(restless, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(modest, caf::exit_reason::user_shutdown);
}

struct counting_task : turn_end_task {
  void on_turn_end() override {
    ++ends;
  }
  std::atomic<int> ends = 0;
};

TEST(AsioScheduler, RunsTurnEndTasksOnce) {
  io_system sys{1};
  auto task = std::make_shared<counting_task>();
  sys.on(0, [&] { sys.thread(0).at_turn_end(task); });
  EXPECT_TRUE(eventually([&] { return task->ends == 1; }));
  sys.on(0, [] {});
  sys.on(0, [] {});
  EXPECT_EQ(task->ends, 1);
}

} // namespace
} // namespace lastseen
