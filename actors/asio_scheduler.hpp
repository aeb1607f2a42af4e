#pragma once

#include "actors/asio_clock.hpp"
#include "actors/io_thread.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <memory>
#include <vector>

namespace lastseen {

/// Replaces CAF's scheduler: actors run on the I/O threads, which it owns.
/// Load it with `asio_scheduler::configure`. The system's destructor, called
/// on the main thread, lets the threads run until CAF's own actors have
/// ended, then joins them.
class asio_scheduler : public caf::scheduler::abstract_coordinator {
public:
  /// Makes a system built from `cfg` run on `threads` I/O threads; 0: one per
  /// core.
  static void configure(caf::actor_system_config& cfg, std::size_t threads);

  /// The scheduler of a system that was configured so.
  static asio_scheduler& of(caf::actor_system& sys);

  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>);

  explicit asio_scheduler(caf::actor_system& sys);

  std::size_t size() const noexcept {
    return threads_.size();
  }

  /// REQUIRES: i < size().
  io_thread& thread(std::size_t i) noexcept {
    return *threads_[i];
  }

  // -- called by CAF ----------------------------------------------------------

  /// On an I/O thread: runs `job` there. Elsewhere: on one of them in turn.
  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override;
  bool detaches_utility_actors() const override;
  void start() override;
  void stop() override;

private:
  std::vector<std::unique_ptr<io_thread>> threads_;
  std::unique_ptr<asio_clock> clock_;
};

} // namespace lastseen
