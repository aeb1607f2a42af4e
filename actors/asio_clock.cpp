#include "actors/asio_clock.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/group.hpp>

namespace lastseen {

asio_clock::asio_clock(boost::asio::io_context& io) : io_(io), timer_(io) {}

void asio_clock::stop() {
  timer_.cancel();
  cancel_all();
}

template <class F>
void asio_clock::change(F f) {
  std::lock_guard guard{mutex_};
  f();
  if (schedule_.empty())
    return;
  auto due = schedule_.begin()->first;
  if (armed_ && *armed_ <= due)
    return;
  armed_ = due;
  boost::asio::post(io_, [this] { arm(); });
}

void asio_clock::arm() {
  {
    std::lock_guard guard{mutex_};
    if (schedule_.empty()) {
      armed_.reset();
      return;
    }
    armed_ = schedule_.begin()->first;
    timer_.expires_at(*armed_); // cancels an earlier wait
  }
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec)
      fire();
  });
}

void asio_clock::fire() {
  std::lock_guard guard{mutex_};
  armed_.reset();
  trigger_expired_timeouts();
  change([] {});
}

void asio_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                                      caf::atom_value type, std::uint64_t id) {
  change([&] { base::set_ordinary_timeout(t, self, type, id); });
}

void asio_clock::set_multi_timeout(time_point t, caf::abstract_actor* self,
                                   caf::atom_value type, std::uint64_t id) {
  change([&] { base::set_multi_timeout(t, self, type, id); });
}

void asio_clock::set_request_timeout(time_point t, caf::abstract_actor* self,
                                     caf::message_id id) {
  change([&] { base::set_request_timeout(t, self, id); });
}

void asio_clock::cancel_ordinary_timeout(caf::abstract_actor* self,
                                         caf::atom_value type) {
  change([&] { base::cancel_ordinary_timeout(self, type); });
}

void asio_clock::cancel_request_timeout(caf::abstract_actor* self,
                                        caf::message_id id) {
  change([&] { base::cancel_request_timeout(self, id); });
}

void asio_clock::cancel_timeouts(caf::abstract_actor* self) {
  change([&] { base::cancel_timeouts(self); });
}

void asio_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver,
                                  caf::mailbox_element_ptr content) {
  change([&] {
    base::schedule_message(t, std::move(receiver), std::move(content));
  });
}

void asio_clock::schedule_message(time_point t, caf::group target,
                                  caf::strong_actor_ptr sender,
                                  caf::message content) {
  change([&] {
    base::schedule_message(t, std::move(target), std::move(sender),
                           std::move(content));
  });
}

void asio_clock::cancel_all() {
  change([&] { base::cancel_all(); });
}

} // namespace lastseen
