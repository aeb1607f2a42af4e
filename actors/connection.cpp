#include "actors/connection.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <utility>

namespace lastseen {

namespace {

connection_inbox& object_of(const connection_actor& x) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(x);
  return *static_cast<connection_inbox*>(actor);
}

} // namespace

connection_inbox::connection_inbox(caf::actor_config& cfg, io_thread& home,
                                   connection& owner)
  : pinned(cfg, home), owner_(&owner) {
  set_error_handler([](auto*, caf::error&) {}); // the default one quits
}

void connection_inbox::leave() {
  owner_ = nullptr;
  caf::anon_send(connection_actor{this}, caf::close_atom_v);
}

connection_actor::behavior_type connection_inbox::make_behavior() {
  return {
    [this](const activity_answer& x) {
      if (owner_ != nullptr)
        owner_->on_answer(x);
    },
    [this](keys_atom) {
      if (owner_ != nullptr)
        owner_->on_keys();
    },
    [this](caf::close_atom) { quit(); },
  };
}

connection::connection(io_thread& home,
                       std::shared_ptr<const connection_env> env,
                       client_output& client, std::uint64_t random)
  : home_(home),
    env_(std::move(env)),
    session_(env_->session, client, *this, random, home.now()),
    armed_for_(local_time::max()) {
  rearm();
}

// -- from the socket ----------------------------------------------------------

void connection::on_bytes() noexcept {
  session_.on_bytes(home_.now());
}

void connection::on_command(protocol::command& x) {
  session_.on_command(x, home_.now());
}

void connection::on_malformed() {
  session_.on_malformed(home_.now());
}

void connection::on_frame_pong() {
  session_.on_frame_pong(home_.now());
}

void connection::close(protocol::disconnect_code code) {
  session_.close(code, home_.now());
}

void connection::on_closed(bool orderly) {
  session_.on_closed(orderly, home_.now());
  timing_wheel::cancel(*this);
  if (inbox_)
    object_of(inbox_).leave();
  inbox_ = nullptr;
}

// -- from and to the actors ---------------------------------------------------

void connection::on_answer(const activity_answer& x) {
  session_.on_answer(x);
}

void connection::on_keys() {
  session_.on_keys(home_.now());
  rearm();
}

const connection_actor& connection::inbox() {
  if (!inbox_)
    inbox_ = home_.system().spawn<connection_inbox>(home_, *this);
  return inbox_;
}

void connection::send(activity&& x) {
  const auto& to = env_->directory->status_of(x.user);
  caf::send_as(inbox(), to, std::move(x));
}

void connection::send(heartbeat&& x) {
  const auto& to = env_->directory->status_of(x.user);
  caf::anon_send(to, std::move(x));
}

void connection::await_keys() {
  env_->await_keys(inbox());
}

// -- time ---------------------------------------------------------------------

// Only an earlier deadline moves the entry; a later one is found when the
// entry is due, which is cheaper than moving it with every pong.
void connection::rearm() {
  if (session_.closed())
    return;
  auto deadline = session_.deadline();
  if (deadline >= armed_for_)
    return;
  armed_for_ = deadline;
  home_.schedule(*this, deadline);
}

void connection::on_deadline(local_time now) {
  armed_for_ = local_time::max();
  if (now >= session_.deadline())
    session_.on_deadline(now);
  rearm();
}

} // namespace lastseen
