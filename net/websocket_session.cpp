#include "net/websocket_session.hpp"

#include "net/protocol/json_v1.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

namespace {

// Smaller messages, pings above all, gain nothing.
constexpr std::size_t least_deflate_size = 32;

std::size_t inflated_limit(const environment& env) {
  constexpr std::size_t usual_factor = 10;
  std::size_t given = env.live.decompressed_message_size_limit;
  return given != 0 ? given : usual_factor * env.live.message_size_limit;
}

} // namespace

websocket_session::websocket_session(environment& env, transport& peer,
                                     const protocol::codec& codec,
                                     liveness life,
                                     std::string_view trusted_user,
                                     bool deflate)
  : client_session(env, peer, codec, life, trusted_user),
    decoder_(env.live.message_size_limit, deflate ? inflated_limit(env) : 0),
    life_(life),
    deflate_(deflate) {}

// -- from the client ----------------------------------------------------------

void websocket_session::on_data(std::span<char> bytes) {
  using kind = websocket_event::kind;
  connection_.on_bytes();
  while (open()) {
    auto event = decoder_.next(bytes);
    switch (event.what) {
      case kind::need_more:
        return frames_done();
      case kind::text:
      case kind::binary:
        on_message(event.payload);
        break;
      case kind::ping:
        append_frame(peer_->output(), websocket_opcode::pong, event.payload);
        sent();
        break;
      case kind::pong:
        connection_.on_frame_pong();
        break;
      case kind::close:
      case kind::error:
        return on_protocol_close(event.code);
    }
  }
}

void websocket_session::on_message(std::string_view message) {
  if (!greeted_) {
    greeted_ = true;
    if (codec_ == &protocol::json_v2_codec
        && protocol::json_v1::begins_with(message)) {
      codec_ = &protocol::json_v1_codec;
      life_ = liveness::client_ping;
      connection_.live_by(life_);
    }
  }
  // A message that came compressed may be larger, the commands in it may not.
  decode(message, decoder_.message_size_limit());
}

// The peer closes, or broke WebSocket's own rules: the code goes back to it.
void websocket_session::on_protocol_close(std::uint16_t code) {
  append_close(peer_->output(), code, {});
  auto* peer = peer_;
  on_closed(true);
  peer->finish();
}

// -- to the client ------------------------------------------------------------

std::size_t websocket_session::begin_message(std::string& out) {
  return begin_frame(out);
}

void websocket_session::end_message(std::string& out, std::size_t mark) {
  auto opcode =
    codec_->binary ? websocket_opcode::binary : websocket_opcode::text;
  const auto& settings = env_.settings.websocket;
  if (deflate_)
    end_compressed_frame(
      out, mark, opcode,
      std::max(settings.compression_min_size, least_deflate_size),
      settings.compression_level);
  else
    end_frame(out, mark, opcode);
}

void websocket_session::ping() {
  if (life_ == liveness::pong || life_ == liveness::delivery)
    return client_session::ping();
  if (peer_ == nullptr)
    return;
  append_frame(peer_->output(), websocket_opcode::ping, {});
  sent();
}

void websocket_session::close(protocol::disconnect_code code) {
  if (peer_ == nullptr || gave_up(code))
    return;
  std::string reason;
  codec_->append_close_reason(reason, code);
  append_close(peer_->output(), static_cast<std::uint16_t>(code), reason);
  peer_->finish();
}

// -- unidirectional -----------------------------------------------------------

uni_websocket_session::uni_websocket_session(environment& env, transport& peer,
                                             std::string first,
                                             std::string_view trusted_user)
  : websocket_session(env, peer, protocol::uni_json_codec, liveness::delivery,
                      trusted_user),
    first_(std::move(first)) {
  peer.lose_after(env.settings.client.pong_timeout);
}

void uni_websocket_session::on_start() {
  if (first_.empty())
    return;
  on_message(std::exchange(first_, {}));
  connection_.rearm();
}

void uni_websocket_session::on_message(std::string_view message) {
  if (!std::exchange(heard_, true))
    decode(message);
}

} // namespace lastseen
