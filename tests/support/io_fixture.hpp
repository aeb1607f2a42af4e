#pragma once

#include "actors/asio_scheduler.hpp"
#include "actors/messages.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace lastseen::test {

/// Nothing that a test waits for takes this long.
constexpr std::chrono::seconds io_patience{10};

/// Waits until the condition holds. @returns whether it came to that.
template <class Condition>
bool eventually(Condition holds) {
  auto deadline = std::chrono::steady_clock::now() + io_patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

/// An actor system on real I/O threads.
struct io_system {
  explicit io_system(std::size_t threads) {
    config.add_message_types<caf::id_block::lastseen>();
    config.set("logger.file-verbosity", caf::atom("quiet"));
    config.set("logger.console-verbosity", caf::atom("quiet"));
    asio_scheduler::configure(config, threads);
    actors = std::make_unique<caf::actor_system>(config);
  }

  caf::actor_system& operator*() noexcept {
    return *actors;
  }

  caf::actor_system* operator->() noexcept {
    return actors.get();
  }

  asio_scheduler& scheduler() {
    return asio_scheduler::of(*actors);
  }

  io_thread& thread(std::size_t i) {
    return scheduler().thread(i);
  }

  /// Spawns an actor that `f` makes of its `self`. (CAF 0.17 itself trips
  /// over UBSan when a function gets no argument.)
  template <class F>
  caf::actor spawn(F f) {
    return actors->spawn(
      [](caf::event_based_actor* self, const F& make) { return make(self); },
      std::move(f));
  }

  /// Runs `f` on an I/O thread and waits for its end.
  template <class F>
  void on(std::size_t i, F f) {
    std::promise<void> done;
    boost::asio::post(thread(i).context(), [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> actors;
};

} // namespace lastseen::test
