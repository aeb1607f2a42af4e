#include "actors/supervisor.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace lastseen {

namespace {

// A child that keeps dying is not started more often than this.
constexpr std::chrono::milliseconds max_delay{5000};
// After so long without a death the next one counts as the first again.
constexpr std::chrono::minutes calm{1};

} // namespace

void supervisor_state::start(supervisor_args x) {
  args_ = std::move(x);
  children_.resize(args_.shards.size() + 1);
  for (std::size_t i = 0; i < children_.size(); ++i)
    spawn(i);
}

void supervisor_state::spawn(std::size_t child) {
  if (stopping_)
    return;
  if (child == args_.shards.size()) {
    auto x = self->spawn<caf::monitored>(api, args_.api);
    children_[child] = caf::actor_cast<caf::actor_addr>(x);
    args_.api.directory->set_api(std::move(x));
    return;
  }
  auto& shard = args_.shards[child];
  auto x = self->spawn<caf::monitored>(status, shard);
  children_[child] = caf::actor_cast<caf::actor_addr>(x);
  shard.directory->set_status(child, std::move(x));
}

void supervisor_state::on_down(const caf::down_msg& x) {
  auto i = std::find(children_.begin(), children_.end(), x.source);
  if (i == children_.end())
    return;
  *i = nullptr;
  if (stopping_)
    return stop_next();
  auto child = static_cast<std::size_t>(i - children_.begin());
  if (args_.on_death)
    args_.on_death(child == args_.shards.size() ? api_state::name
                                                : status_state::name,
                   x.reason);
  // The first one at once; those of a row later and later.
  auto now = args_.api.now();
  if (now - last_death_ > calm)
    delay_ = {};
  last_death_ = now;
  if (delay_.count() == 0)
    spawn(child);
  else
    self->delayed_send(self, delay_, restart_atom_v, child);
  delay_ = std::min(max_delay, delay_ * 2 + std::chrono::milliseconds{10});
}

void supervisor_state::on_exit(const caf::exit_msg& x) {
  if (stopping_)
    return;
  stopping_ = x.reason;
  stop_next();
}

// From the last to the first: the API actor before those it asks.
void supervisor_state::stop_next() {
  while (!children_.empty()) {
    auto child = caf::actor_cast<caf::strong_actor_ptr>(children_.back());
    if (child) {
      self->send_exit(child, caf::exit_reason::user_shutdown);
      return; // its end calls on_down
    }
    children_.pop_back();
  }
  self->quit(*stopping_);
}

caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self,
                         supervisor_args args) {
  self->set_down_handler([self](caf::down_msg& x) { self->state.on_down(x); });
  self->set_exit_handler([self](caf::exit_msg& x) { self->state.on_exit(x); });
  self->state.start(std::move(args));
  return {
    [](caf::get_atom) { return caf::ok_atom_v; },
    [self](restart_atom, std::size_t child) { self->state.spawn(child); },
  };
}

} // namespace lastseen
