#pragma once

#include "actors/messages.hpp"
#include "status/clock.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace lastseen::test {

/// Runs actors on the test's own thread, by CAF's test scheduler: nothing
/// happens but in `drain`, and time moves by hand.
///
/// Tests stop all their actors, since the system's destructor waits for them.
struct actor_fixture : testing::Test {
  struct test_config : caf::actor_system_config {
    test_config() {
      add_message_types<caf::id_block::lastseen>();
      set("scheduler.policy", caf::atom("testing"));
      set("logger.file-verbosity", caf::atom("quiet"));
      set("logger.console-verbosity", caf::atom("quiet"));
    }
  };

  test_config config;
  caf::actor_system sys{config};
  caf::scheduler::test_coordinator& sched =
    dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  caf::scoped_actor self{sys, true};

  /// The time that the actors see.
  local_time now{std::chrono::hours{1000}};

  std::function<local_time()> clock() {
    return [this] { return now; };
  }

  /// Lets all actors work until none has a message; the clock stands still.
  void drain() {
    sched.run();
  }

  /// Moves the clock, which fires the timers that are due, then drains.
  void advance(std::chrono::milliseconds dt) {
    drain();
    now += dt;
    sched.advance_time(dt);
    drain();
  }

  /// Ends an actor.
  template <class Handle>
  void stop(const Handle& x) {
    self->send_exit(x, caf::exit_reason::user_shutdown);
    drain();
  }
};

} // namespace lastseen::test
