#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace lastseen {

/// Ends the process with code 1, and a line in the log, if it is not destroyed
/// in time: whatever an orderly end then waits for.
class last_resort {
public:
  explicit last_resort(std::chrono::milliseconds patience);
  ~last_resort();

  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;

private:
  void run(std::chrono::milliseconds patience);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace lastseen
