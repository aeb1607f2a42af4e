#include "net/websocket_session.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/spawn_options.hpp>

#include <random>

namespace lastseen {

namespace {

std::uint64_t random_seed() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

} // namespace

websocket_session::websocket_session(environment& env, transport& peer,
                                     const protocol::codec& codec)
  : env_(env),
    peer_(&peer),
    codec_(codec),
    decoder_(env.settings.websocket.message_size_limit) {
  client_output& output = *this;
  auto& home = peer.home();
  actor_ = home.system().spawn<connection>(home, env.connections, output,
                                           random_seed());
  connection_ =
    static_cast<connection*>(caf::actor_cast<caf::abstract_actor*>(actor_));
  ++env_.clients;
}

websocket_session::~websocket_session() {
  --env_.clients;
}

// -- from the client ----------------------------------------------------------

void websocket_session::on_data(std::span<char> bytes) {
  using kind = websocket_event::kind;
  connection_->on_bytes();
  while (peer_ != nullptr && !connection_->closed()) {
    auto event = decoder_.next(bytes);
    switch (event.what) {
      case kind::need_more:
        connection_->rearm();
        if (connection_->busy())
          peer_->pause();
        return;
      case kind::text:
      case kind::binary:
        on_message(event.payload);
        break;
      case kind::ping:
        append_frame(peer_->output(), websocket_opcode::pong, event.payload);
        sent();
        break;
      case kind::pong:
        break;
      case kind::close:
      case kind::error:
        return on_protocol_close(event.code);
    }
  }
}

void websocket_session::on_message(std::string_view message) {
  auto done = codec_.decode(
    message, [this](protocol::command& x) { connection_->on_command(x); });
  if (!done)
    connection_->on_malformed();
}

// The peer closes, or broke WebSocket's own rules: the code goes back to it.
void websocket_session::on_protocol_close(std::uint16_t code) {
  append_close(peer_->output(), code, {});
  auto* peer = peer_;
  on_closed(true);
  peer->finish();
}

bool websocket_session::on_end() {
  return false;
}

void websocket_session::on_shutdown() {
  if (peer_ != nullptr)
    connection_->close(protocol::disconnect_code::shutdown);
}

void websocket_session::on_closed(bool orderly) {
  if (peer_ == nullptr)
    return;
  peer_ = nullptr;
  connection_->on_closed(orderly);
  actor_ = nullptr;
}

// -- to the client ------------------------------------------------------------

template <class F>
void websocket_session::say(F append) {
  if (peer_ == nullptr)
    return;
  auto& out = peer_->output();
  auto mark = begin_frame(out);
  append(out);
  end_frame(out, mark,
            codec_.binary ? websocket_opcode::binary : websocket_opcode::text);
  sent();
}

// A client that does not read must not fill the memory.
void websocket_session::sent() {
  if (peer_->unsent() > env_.settings.client.queue_max_size)
    connection_->close(protocol::disconnect_code::slow);
  else
    peer_->flush();
}

void websocket_session::connected(std::uint32_t id, const connect_reply& x) {
  say([&](std::string& out) {
    codec_.append_connect(out, id, {x.client, x.version, x.ttl, x.ping});
  });
}

void websocket_session::rpc_done(std::uint32_t id) {
  say([&](std::string& out) { codec_.append_rpc(out, id); });
}

void websocket_session::refreshed(std::uint32_t id,
                                  std::optional<std::chrono::seconds> ttl) {
  say([&](std::string& out) { codec_.append_refresh(out, id, ttl); });
}

void websocket_session::failed(std::uint32_t id, protocol::error_code code,
                               std::string_view message) {
  say([&](std::string& out) { codec_.append_error(out, id, code, message); });
}

void websocket_session::ping() {
  say([this](std::string& out) { codec_.append_ping(out); });
}

void websocket_session::close(protocol::disconnect_code code) {
  if (peer_ == nullptr)
    return;
  // What a slow client did not take is not worth waiting for.
  if (code == protocol::disconnect_code::slow)
    return peer_->abort();
  append_close(peer_->output(), static_cast<std::uint16_t>(code),
               protocol::reason_of(code));
  peer_->finish();
}

void websocket_session::drop() {
  if (peer_ != nullptr)
    peer_->finish();
}

void websocket_session::ready() {
  if (peer_ != nullptr)
    peer_->resume();
}

} // namespace lastseen
