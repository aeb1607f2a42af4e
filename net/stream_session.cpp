#include "net/stream_session.hpp"

#include <utility>

namespace lastseen {

namespace {

constexpr std::string_view size_digits = "00000000";
constexpr std::string_view crlf = "\r\n";

void put_hex(char* out, std::size_t x) {
  for (auto i = size_digits.size(); i-- > 0; x >>= 4)
    out[i] = "0123456789abcdef"[x & 0xf];
}

} // namespace

stream_session::stream_session(environment& env, transport& peer,
                               stream_request&& request)
  : client_session(env, peer, *request.codec, request.life,
                   request.trusted_user),
    first_(std::move(request.first)),
    format_(request.format),
    life_(request.life),
    chunked_(request.chunked) {
  if (life_ == liveness::delivery)
    peer.lose_after(env.settings.client.pong_timeout);
}

// -- from the client ----------------------------------------------------------

void stream_session::on_start() {
  id_ = env_.emulation.add(peer_->home(), weak_from_this());
  if (format_ == stream_format::events) // proxies see that it began
    peer_->output() += chunked_ ? "2\r\n\r\n\r\n" : "\r\n";
  on_frame(std::exchange(first_, {}));
}

// A client has nothing to say here.
void stream_session::on_data(std::span<char>) {}

// Requests cannot be held back as reading can.
void stream_session::on_frame(std::string_view frame) {
  if (!open())
    return;
  connection_.on_bytes();
  if (connection_.busy())
    connection_.close(protocol::disconnect_code::too_many_requests);
  else
    decode(frame);
  connection_.rearm();
}

void stream_session::on_closed(bool orderly) {
  env_.emulation.remove(id_);
  client_session::on_closed(orderly);
}

// -- to the client ------------------------------------------------------------

std::size_t stream_session::begin_message(std::string& out) {
  auto mark = out.size();
  if (chunked_) {
    out += size_digits;
    out += crlf;
  }
  if (format_ == stream_format::events)
    out += "data: ";
  return mark;
}

void stream_session::end_message(std::string& out, std::size_t mark) {
  if (format_ != stream_format::plain)
    out += format_ == stream_format::events ? "\n\n" : "\n";
  if (!chunked_)
    return;
  put_hex(&out[mark], out.size() - mark - size_digits.size() - crlf.size());
  out += crlf;
}

void stream_session::complete(protocol::connect_result& x) {
  x.session = id_;
  x.pong = life_ == liveness::pong;
  if (x.pong)
    x.node = env_.emulation.node();
}

void stream_session::close(protocol::disconnect_code code) {
  if (peer_ == nullptr || gave_up(code))
    return;
  say([&](std::string& out) { codec_->append_disconnect(out, code); });
  drop();
}

void stream_session::drop() {
  if (peer_ == nullptr)
    return;
  if (chunked_)
    peer_->output() += "0\r\n\r\n";
  peer_->finish();
}

} // namespace lastseen
