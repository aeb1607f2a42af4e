#include "net/receive_budget.hpp"

#include "net/transport.hpp"

namespace lastseen {

void receive_budget::keep(transport& who, std::size_t before,
                          std::size_t after) {
  if (before < least && after < least)
    return;
  std::shared_ptr<transport> largest;
  {
    std::lock_guard guard{lock_};
    // One that is about to be closed is no longer there.
    if (by_.erase({before, &who}) != 0)
      kept_ -= before;
    if (after >= least) {
      by_.emplace(std::pair{after, &who}, who.weak_from_this());
      kept_ += after;
    }
    if (kept_ <= limit_)
      return;
    auto last = std::prev(by_.end());
    kept_ -= last->first.first;
    largest = last->second.lock();
    by_.erase(last);
  }
  ++overflows;
  // Not from within its own handler, and on its thread.
  if (auto* peer = largest.get())
    peer->home().post([largest = std::move(largest)] { largest->abort(); });
}

} // namespace lastseen
