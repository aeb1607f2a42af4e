#include "net/client_session.hpp"

#include <random>

namespace lastseen {

namespace {

std::uint64_t random_seed() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

} // namespace

client_session::client_session(environment& env, transport& peer,
                               const protocol::codec& codec, liveness life,
                               std::string_view trusted_user)
  : env_(env),
    peer_(&peer),
    codec_(&codec),
    connection_(peer.home(), env.connections.load(), *this, random_seed()) {
  connection_.live_by(life);
  connection_.trust(trusted_user);
  peer.watch_writes(env.live.write_timeout);
  ++env_.clients;
}

client_session::~client_session() {
  --env_.clients;
}

// -- from the client ----------------------------------------------------------

void client_session::decode(std::string_view frame, std::size_t max_size) {
  auto done = codec_->decode(
    frame, [this](protocol::command& x) { connection_.on_command(x); },
    max_size);
  if (!done)
    connection_.on_malformed();
}

void client_session::frames_done() {
  connection_.rearm();
  if (connection_.busy())
    peer_->pause();
}

bool client_session::on_end() {
  return false;
}

void client_session::on_stalled() {
  if (peer_ != nullptr)
    connection_.close(protocol::disconnect_code::write_error);
}

void client_session::on_shutdown() {
  if (peer_ != nullptr)
    connection_.close(protocol::disconnect_code::shutdown);
}

void client_session::on_closed(bool orderly) {
  if (peer_ == nullptr)
    return;
  peer_ = nullptr;
  connection_.on_closed(orderly);
}

// -- to the client ------------------------------------------------------------

void client_session::sent() {
  if (peer_->unsent() > env_.live.queue_max_size)
    connection_.close(protocol::disconnect_code::slow);
  else
    peer_->flush();
}

bool client_session::gave_up(protocol::disconnect_code code) {
  if (code != protocol::disconnect_code::slow
      && code != protocol::disconnect_code::write_error)
    return false;
  peer_->abort();
  return true;
}

void client_session::connected(std::uint32_t id, const connect_reply& x) {
  protocol::connect_result result{
    .client = x.client, .version = x.version, .ttl = x.ttl, .ping = x.ping};
  if (env_.settings.client.connect_include_server_time)
    result.time = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  complete(result);
  say([&](std::string& out) { codec_->append_connect(out, id, result); });
}

void client_session::rpc_done(std::uint32_t id) {
  say([&](std::string& out) { codec_->append_rpc(out, id); });
}

void client_session::refreshed(std::uint32_t id,
                               std::optional<std::chrono::seconds> ttl) {
  say([&](std::string& out) { codec_->append_refresh(out, id, ttl); });
}

void client_session::pinged(std::uint32_t id) {
  say([&](std::string& out) { codec_->append_pong(out, id); });
}

void client_session::failed(std::uint32_t id, protocol::error_code code,
                            std::string_view message) {
  say([&](std::string& out) { codec_->append_error(out, id, code, message); });
}

void client_session::ping() {
  say([this](std::string& out) { codec_->append_ping(out); });
}

bool client_session::delivered() {
  return peer_ != nullptr && peer_->delivered();
}

void client_session::drop() {
  if (peer_ != nullptr)
    peer_->finish();
}

void client_session::ready() {
  if (peer_ != nullptr)
    peer_->resume();
}

} // namespace lastseen
