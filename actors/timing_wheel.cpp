#include "actors/timing_wheel.hpp"

#include <algorithm>

namespace lastseen {

std::int64_t timing_wheel::tick_of(local_time t) {
  return t.time_since_epoch() / tick;
}

timing_wheel::list& timing_wheel::slot_of(std::int64_t tick_number) {
  return slots_[static_cast<std::size_t>(tick_number) % slots];
}

void timing_wheel::schedule(wheel_entry& entry, local_time deadline) {
  cancel(entry);
  entry.deadline_ = deadline;
  // A slot is handled when its tick is over, so that nothing is early; what is
  // due already must not land in a slot that was handled.
  slot_of(std::max(tick_of(deadline), done_) + 1).push_back(entry);
}

void timing_wheel::cancel(wheel_entry& entry) {
  if (entry.is_linked())
    entry.unlink();
}

void timing_wheel::advance(local_time now) {
  auto current = tick_of(now);
  // After a long pause each slot needs one visit, not one per missed tick.
  auto first =
    std::max(done_ + 1, current - static_cast<std::int64_t>(slots) + 1);
  done_ = current;
  for (auto i = first; i <= current; ++i) {
    list due;
    due.swap(slot_of(i));
    while (!due.empty()) {
      auto& entry = due.front();
      due.pop_front();
      if (entry.deadline_ <= now)
        entry.on_deadline(now);
      else
        schedule(entry, entry.deadline_);
    }
  }
}

// From the next slot on, where something is soon found.
bool timing_wheel::empty() const noexcept {
  auto next = static_cast<std::size_t>(done_ + 1);
  for (std::size_t i = 0; i < slots; ++i)
    if (!slots_[(next + i) % slots].empty())
      return false;
  return true;
}

} // namespace lastseen
