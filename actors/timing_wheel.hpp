#pragma once

#include "status/clock.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>

namespace lastseen {

struct wheel_tag;

/// Something that has one deadline at a time. Leaves its wheel when destroyed.
class wheel_entry
  : public boost::intrusive::list_base_hook<
      boost::intrusive::tag<wheel_tag>,
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  virtual ~wheel_entry() = default;

  /// Called once, up to one tick after the deadline. The entry is off the
  /// wheel by then and may schedule itself again or be destroyed.
  virtual void on_deadline(local_time now) = 0;

private:
  friend class timing_wheel;
  local_time deadline_;
};

/// Deadlines for the many: scheduling, moving and cancelling cost the same for
/// ten connections and ten thousand, and allocate nothing. One per I/O thread,
/// used on that thread only.
class timing_wheel {
public:
  static constexpr std::chrono::milliseconds tick{200};

  /// Sets or moves the entry's deadline.
  void schedule(wheel_entry& entry, local_time deadline);

  /// Takes the entry off; nothing happens if it is not on.
  static void cancel(wheel_entry& entry);

  /// Calls what is due at `now`.
  void advance(local_time now);

  bool empty() const noexcept;

private:
  static constexpr std::size_t slots = 1024;
  using list = boost::intrusive::list<
    wheel_entry,
    boost::intrusive::base_hook<boost::intrusive::list_base_hook<
      boost::intrusive::tag<wheel_tag>,
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>>,
    boost::intrusive::constant_time_size<false>>;

  static std::int64_t tick_of(local_time t);
  list& slot_of(std::int64_t tick_number);

  std::array<list, slots> slots_;
  std::int64_t done_ = 0; // the last tick that was handled
};

} // namespace lastseen
