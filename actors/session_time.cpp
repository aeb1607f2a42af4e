#include "actors/session.hpp"

#include <algorithm>
#include <utility>

// Deadlines of a session, its pings and signs of life.

namespace lastseen {

using namespace std::chrono_literals;
using protocol::disconnect_code;

namespace {

// How often a ping is looked after that is not acknowledged yet.
constexpr std::chrono::milliseconds delivery_check = 1s;
// Signs of life that are closer together say nothing new.
constexpr std::chrono::milliseconds life_resolution = 1s;

} // namespace

local_time session::deadline() const noexcept {
  auto out = next_;
  if (phase_ == phase::connected)
    out = std::min(out, expires_);
  if (first_ != replies_.size())
    out = std::min(out, replies_[first_].since + options_.timeout);
  return out;
}

void session::on_deadline(local_time now) {
  if (phase_ == phase::closed)
    return;
  // An answer that does not come: the status actor died with the message.
  while (first_ != replies_.size()
         && now - replies_[first_].since >= options_.timeout) {
    replies_[first_].what = reply::kind::error;
    say_ready();
  }
  if (now >= expires_)
    return close(disconnect_code::expired, now);
  if (now < next_)
    return;
  switch (phase_) {
    case phase::waiting:
      return close(disconnect_code::stale, now);
    case phase::refused:
      phase_ = phase::closed;
      return client_.drop();
    case phase::connected:
      return on_ping_due(now);
    case phase::closed:
      return;
  }
}

void session::on_ping_due(local_time now) {
  auto by_delivery = liveness_ == liveness::delivery;
  if (ping_unanswered_ && by_delivery)
    return check_delivery(now);
  if (ping_unanswered_)
    return close(disconnect_code::no_pong, now);
  ping_unanswered_ = true;
  pinged_ = now;
  client_.ping();
  next_ = now + options_.pong_timeout;
  if (by_delivery)
    next_ = std::min(next_, now + delivery_check);
}

// The ping was acknowledged some time between it and now.
void session::check_delivery(local_time now) {
  if (client_.delivered()) {
    ping_unanswered_ = false;
    last_received_ = pinged_;
    next_ = pinged_ + options_.ping_interval;
    beat(false, pinged_);
  } else if (now - pinged_ >= options_.pong_timeout) {
    close(disconnect_code::no_pong, now);
  } else {
    next_ = std::min(pinged_ + options_.pong_timeout, now + delivery_check);
  }
}

void session::set_expiry(std::optional<std::chrono::seconds> ttl,
                         local_time now) {
  expires_ =
    ttl ? now + *ttl + options_.expired_close_delay : local_time::max();
}

// -- signs of life ------------------------------------------------------------

void session::on_pong(local_time now) {
  if (!ping_unanswered_ || liveness_ != liveness::pong)
    return close(disconnect_code::bad_request, now);
  if (options_.counters != nullptr)
    ++options_.counters->mine().pongs;
  ping_unanswered_ = false;
  next_ += options_.ping_interval - options_.pong_timeout;
  beat(false, now);
}

void session::on_client_ping(std::uint32_t id, local_time now) {
  if (liveness_ != liveness::client_ping)
    return close(disconnect_code::bad_request, now);
  say({.what = reply::kind::ping, .id = id});
  on_life(now);
}

void session::on_frame_pong(local_time now) {
  if (phase_ == phase::connected
      && (liveness_ == liveness::frame_pong
          || liveness_ == liveness::client_ping))
    on_life(now);
}

// The next ping frame comes a whole interval after the last sign of life, from
// which that is known. Such signs come unasked: no more than one a second is
// passed on, so that a client that floods us does not flood the status actor.
void session::on_life(local_time now) {
  auto last = next_ - options_.ping_interval;
  if (!std::exchange(ping_unanswered_, false) && now - last < life_resolution)
    return;
  next_ = now + options_.ping_interval;
  beat(false, now);
}

} // namespace lastseen
