#include "net/last_resort.hpp"

#include "net/log.hpp"

#include <cstdlib>

namespace lastseen {

last_resort::last_resort(std::chrono::milliseconds patience)
  : thread_([this, patience] { run(patience); }) {
  // nop
}

last_resort::~last_resort() {
  {
    std::lock_guard guard{mutex_};
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void last_resort::run(std::chrono::milliseconds patience) {
  std::unique_lock guard{mutex_};
  if (changed_.wait_for(guard, patience, [this] { return done_; }))
    return;
  log_event(log_level::err, "does not come to an end, so it is ended");
  std::_Exit(EXIT_FAILURE);
}

} // namespace lastseen
