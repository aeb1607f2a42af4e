#pragma once

#include "actors/timing_wheel.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/execution_unit.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace lastseen {

/// Work to be done once at the end of a thread's turn, such as sending what a
/// connection gathered.
class turn_end_task {
public:
  virtual ~turn_end_task() = default;
  virtual void on_turn_end() = 0;
};

/// One thread that serves sockets and runs actors.
///
/// It works in turns: all sockets and timers that are ready, then the actors
/// that became ready (and those these wake, until none is left or the turn's
/// share is used up), then the turn's end tasks. So a message between actors
/// wakes no thread, and a connection sends once per turn, however much it was
/// given to say.
class io_thread : public caf::execution_unit {
public:
  explicit io_thread(caf::actor_system& sys);
  ~io_thread() override;

  /// Starts the thread.
  void start();

  /// Lets the thread end after the turn in which nothing is left to run;
  /// returns when it has. Sockets should be closed by then.
  void join();

  /// The thread this code runs on, null off the I/O threads.
  static io_thread* current() noexcept;

  /// Runs `f` on this thread, in another turn. From any thread; what an I/O
  /// thread posts goes together at the end of its turn, so that it wakes the
  /// other one once.
  void post(std::function<void()> f);

  /// For sockets and timers.
  boost::asio::io_context& context() noexcept {
    return io_;
  }

  /// Called by CAF: runs `job` in this or the next turn. From any thread.
  void exec_later(caf::resumable* job) override;

  /// Runs `task` at the end of this turn. Only on this thread.
  void at_turn_end(std::shared_ptr<turn_end_task> task);

  /// Sets `entry`'s deadline on this thread's wheel. Only on this thread.
  void schedule(wheel_entry& entry, local_time deadline);

  /// The time when the sockets of this turn became ready: good enough for
  /// everything that happens in the turn. Only on this thread.
  local_time now() noexcept;

  /// Moves this thread's clock ahead, for good, and calls what is due by then:
  /// for tests of long times. Only on this thread.
  void advance(boot_clock::duration by);

  /// How many connections it serves; kept by those, for whoever spreads them.
  std::atomic<std::size_t>& connections() noexcept {
    return connections_;
  }

  /// Memory to receive into, for as long as a handler runs. Only on this
  /// thread.
  std::span<char> receive_buffer() noexcept {
    return *buffer_;
  }

private:
  void run();
  void run_actors();
  void run_turn_end();
  void send_posts();
  void arm_wheel();

  static constexpr std::size_t max_messages_per_resume = 100;
  static constexpr std::size_t max_passes_per_turn = 64;
  static constexpr std::size_t receive_buffer_size = 65536;

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    guard_{io_.get_executor()};
  std::vector<caf::resumable*> ready_;
  std::vector<caf::resumable*> running_;
  std::vector<std::shared_ptr<turn_end_task>> turn_end_;
  std::vector<std::shared_ptr<turn_end_task>> ending_;
  // What this turn posted to other threads.
  struct posts {
    io_thread* to;
    std::vector<std::function<void()>> what;
  };
  std::vector<posts> posts_;
  timing_wheel wheel_;
  boost::asio::steady_timer wheel_timer_{io_};
  bool wheel_armed_ = false;
  boot_clock::duration ahead_{0};
  std::atomic<std::size_t> connections_{0};
  bool stopping_ = false;
  std::optional<local_time> now_; // asked for in this turn
  std::unique_ptr<std::array<char, receive_buffer_size>> buffer_;
  std::thread thread_;
};

} // namespace lastseen
