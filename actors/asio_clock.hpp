#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/detail/simple_actor_clock.hpp>

#include <mutex>
#include <optional>

namespace lastseen {

/// CAF's clock on an Asio timer: delayed messages and request timeouts without
/// a thread of its own. (CAF 0.17's `thread_safe_actor_clock` has a ring of 63
/// events, blocks senders when it is full, and needs a thread.) Usable from
/// any thread; messages are sent from the context's thread.
class asio_clock : public caf::detail::simple_actor_clock {
public:
  explicit asio_clock(boost::asio::io_context& io);

  /// Drops the timer, so that the context can end. On the context's thread or
  /// when it does not run.
  void stop();

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                            caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self,
                         caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self,
                           caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self,
                               caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self,
                              caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target,
                        caf::strong_actor_ptr sender,
                        caf::message content) override;
  void cancel_all() override;

private:
  using base = caf::detail::simple_actor_clock;

  // Calls `f` under the lock and sees to it that the timer fires in time.
  template <class F>
  void change(F f);
  void arm();
  void fire();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  // Recursive: sending a message may drop the last handle of an actor, whose
  // end cancels its timeouts.
  std::recursive_mutex mutex_;
  // When the timer fires; nothing while it is not set. Guarded by the mutex.
  std::optional<time_point> armed_;
};

} // namespace lastseen
