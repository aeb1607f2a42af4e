#pragma once

#include "status/error.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lastseen::bench {

/// A program that runs beside us. It is stopped with the object, and by the
/// kernel when we die first.
class child {
public:
  child() = default;

  /// Starts `command` (found by PATH), its output going to the file `log`.
  static result<child> start(std::vector<std::string> command,
                             const std::filesystem::path& log);

  child(child&& other) noexcept;
  child& operator=(child&& other) noexcept;
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

  pid_t pid() const noexcept {
    return pid_;
  }

  /// Whether it still runs.
  bool alive();

  /// SIGTERM, after 15 s SIGKILL. An error unless it ends with code 0, or by
  /// that SIGTERM. Without effect when it does not run.
  result<void> stop();

private:
  std::string name_;
  pid_t pid_ = 0;
};

/// User + system time of all threads of a process, also those that ended; in
/// steps of 10 ms (/proc/<pid>/stat).
result<std::chrono::microseconds> cpu_time(pid_t pid);

/// Resident memory of a process in bytes (/proc/<pid>/smaps_rollup).
result<std::size_t> resident(pid_t pid);

/// From now on SIGINT and SIGTERM only make `interrupted()` true, so that
/// children are stopped and files removed on the way out.
void catch_interrupts();

bool interrupted() noexcept;

} // namespace lastseen::bench
