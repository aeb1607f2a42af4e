#pragma once

#include "embedded/status_store.hpp"
#include "embedded/status_table.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

namespace lastseen::embedded {

/// A batch that waits for its turn.
struct write_task {
  write_batch batch;
  store::write_handler done;
};

/// A read that waits for its turn.
struct read_task {
  user_list users;
  store::read_handler done;
};

/// The queue of a store's calls and the loop that answers them, one by one.
class worker {
public:
  using task = std::variant<write_task, read_task>;

  /// `name` begins the text of errors.
  worker(std::string name, status_table table, options opts);

  /// Queues a task; after `stop` its handler gets `ec::stopped` at once. From
  /// any thread.
  void add(task x);

  /// Ends the loop after the task at hand; tasks that wait get `ec::stopped`.
  /// `done` runs as the very last thing of the loop, when the database is
  /// closed. From any thread; only the first call counts.
  void stop(std::function<void()> done);

  /// The loop. Call once.
  void run();

  /// Reads the clock. REQUIRES: the loop does not run yet, or called by it.
  clock_sample look();

private:
  using steady_clock = std::chrono::steady_clock;

  std::optional<task> next();
  void serve(write_task& x);
  void serve(read_task& x);
  void sweep();
  error failure(const char* what, const error& cause) const;

  std::string name_;
  options opts_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<task> tasks_;           // guarded by the mutex
  bool stopping_ = false;            // guarded by the mutex
  std::function<void()> on_stopped_; // guarded by the mutex

  // Below: touched by the loop alone.
  std::optional<status_table> table_;
  steady_clock::time_point next_sweep_;
  std::int64_t latest_ = 0; // of the clock, in microseconds
};

} // namespace lastseen::embedded
