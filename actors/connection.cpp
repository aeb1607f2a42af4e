#include "actors/connection.hpp"

#include <utility>

namespace lastseen {

connection::connection(caf::actor_config& cfg, io_thread& home,
                       std::shared_ptr<const connection_env> env,
                       client_output& client, std::uint64_t random)
  : pinned(cfg, home),
    env_(std::move(env)),
    session_(env_->session, client, *this, random, home.now()),
    armed_for_(local_time::max()) {
  set_error_handler([](auto*, caf::error&) {}); // it only sends
  rearm();
}

connection_actor::behavior_type connection::make_behavior() {
  return {
    [this](const activity_answer& x) { session_.on_answer(x); },
    [this](keys_atom) {
      session_.on_keys(home().now());
      rearm();
    },
    [this](caf::close_atom) { quit(); },
  };
}

void connection::on_bytes() noexcept {
  session_.on_bytes(home().now());
}

void connection::on_command(protocol::command& x) {
  session_.on_command(x, home().now());
}

void connection::on_malformed() {
  session_.on_malformed(home().now());
}

void connection::on_frame_pong() {
  session_.on_frame_pong(home().now());
}

void connection::close(protocol::disconnect_code code) {
  session_.close(code, home().now());
}

void connection::on_closed(bool orderly) {
  session_.on_closed(orderly, home().now());
  timing_wheel::cancel(*this);
  pinned::send(connection_actor{this}, caf::close_atom_v);
}

void connection::send(activity&& x) {
  pinned::send(env_->directory->status_of(x.user), std::move(x));
}

void connection::send(heartbeat&& x) {
  pinned::send(env_->directory->status_of(x.user), std::move(x));
}

void connection::await_keys() {
  env_->await_keys(connection_actor{this});
}

// Only an earlier deadline moves the entry; a later one is found when the
// entry is due, which is cheaper than moving it with every pong.
void connection::rearm() {
  if (session_.closed())
    return;
  auto deadline = session_.deadline();
  if (deadline >= armed_for_)
    return;
  armed_for_ = deadline;
  home().schedule(*this, deadline);
}

void connection::on_deadline(local_time now) {
  armed_for_ = local_time::max();
  if (now >= session_.deadline())
    session_.on_deadline(now);
  rearm();
}

} // namespace lastseen
