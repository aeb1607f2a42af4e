#include "net/store_log.hpp"

#include "net/log.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

void store_log::on_link(std::size_t lane, const store_link& x) {
  std::lock_guard guard{mutex_};
  up_[lane] = x.up;
  if (x.up) {
    auto all = std::ranges::find(up_, false) == up_.end();
    if (all && told_up_ != true) {
      told_up_ = true;
      log_event(log_level::info, "store is up", {{"store", store_}});
    }
    return;
  }
  auto changed = std::exchange(told_up_, false) != false;
  log_event(changed ? log_level::warn : log_level::debug, "store is down",
            {{"store", store_}, {"why", x.cause.what}});
}

void store_log::on_refusal(std::size_t lane, const error* why) {
  std::lock_guard guard{mutex_};
  auto refused = [this] {
    return std::ranges::find(refuses_, true) != refuses_.end();
  };
  auto before = refused();
  refuses_[lane] = why != nullptr;
  if (why != nullptr && !before)
    log_event(log_level::warn, "store is not ready",
              {{"store", store_}, {"why", why->what}});
  else if (before && !refused())
    log_event(log_level::info, "store is ready again", {{"store", store_}});
}

} // namespace lastseen
