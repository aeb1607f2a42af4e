#include "net/http_session.hpp"

#include "net/auth/trusted_user.hpp"
#include "net/gzip.hpp"
#include "net/monitoring.hpp"
#include "net/origin.hpp"
#include "net/websocket_handshake.hpp"
#include "net/websocket_session.hpp"

#include <utility>

namespace lastseen {

namespace {

// Smaller answers fit into a packet anyway.
constexpr std::size_t least_gzip_size = 1024;
constexpr std::string_view text = "text/plain; charset=utf-8";

} // namespace

http_session::http_session(environment& env, transport& peer,
                           const endpoints& serves)
  : env_(env), peer_(&peer), decoder_(env.live.max_body_size), serves_(serves) {
  watch();
  ++env_.http_connections;
}

http_session::~http_session() {
  --env_.http_connections;
}

// -- requests -----------------------------------------------------------------

void http_session::on_data(std::span<char> bytes) {
  while (!done_) {
    if (full()) {
      holding_ = true;
      held_.append(bytes.data(), bytes.size());
      peer_->pause();
      return;
    }
    std::string_view input{bytes.data(), bytes.size()};
    auto event = decoder_.next(input);
    auto rest = bytes.last(input.size());
    switch (event) {
      case http_event::need_more:
        if (waits_for() != watched_)
          watch();
        return;
      case http_event::expect_continue:
        continues_ = true;
        go_on_with_body();
        break;
      case http_event::request:
        continues_ = false; // it did not wait
        serve(decoder_.request(), rest);
        break;
      case http_event::error:
        return fail();
    }
    bytes = rest;
  }
}

void http_session::serve(const http_request& request, std::span<char> rest) {
  heard_ = true;
  if (!request.keep_alive)
    done_ = true;
  if (serves_.clients && serve_client(request, rest))
    return;
  if (serves_.api
      && server_api::is_path(request.path,
                             env_.settings.http_api.handler_prefix))
    return serve_api(request);
  auto number = add_slot(request);
  if (serves_.monitoring)
    if (auto x = serve_monitoring(env_, request.method, request.path))
      return answer(number, std::move(*x));
  answer(number, {404, text, "404 page not found\n"});
}

// Whether it is for a transport of clients.
bool http_session::serve_client(const http_request& request,
                                std::span<char> rest) {
  const auto& settings = env_.settings;
  if (request.path == settings.websocket.handler_prefix)
    upgrade(request, rest, false);
  else if (settings.uni_websocket.enabled
           && request.path == settings.uni_websocket.handler_prefix)
    upgrade(request, rest, true);
  else if (const auto* stream = find_stream(request.path, settings))
    open_stream(*stream, request);
  else if ((settings.http_stream.enabled || settings.sse.enabled)
           && request.path == settings.emulation.handler_prefix)
    answer(add_slot(request), answer_emulation(request, env_));
  else
    return false;
  return true;
}

void http_session::serve_api(const http_request& request) {
  auto number = add_slot(request);
  server_api::serve(env_, request, slots_.back().request_id,
                    [weak = weak_from_this(), home = &peer_->home(),
                     number](server_api::http_answer x) {
                      auto deliver = [weak, number,
                                      x = std::move(x)]() mutable {
                        if (auto self = weak.lock())
                          self->answer(number, std::move(x));
                      };
                      if (io_thread::current() == home)
                        deliver();
                      else
                        home->post(std::move(deliver));
                    });
}

// Why a request for a WebSocket gets none.
std::optional<server_api::http_answer>
http_session::refuse(const http_request& request) {
  using server_api::http_answer;
  if (!slots_.empty()) // behind requests that are under way
    return http_answer{400, text, "Bad Request\n"};
  if (env_.stopping)
    return http_answer{503};
  if (!origin_allowed(request.field("Origin"),
                      env_.settings.client.allowed_origins))
    return http_answer{403, text, "Forbidden: origin not allowed\n",
                       "Sec-WebSocket-Version: 13\r\n"};
  if (auto flaw = refuse_handshake(request))
    return flaw;
  if (!may_come())
    return http_answer{503, text, "Service Unavailable\n"};
  return std::nullopt;
}

void http_session::upgrade(const http_request& request, std::span<char> rest,
                           bool unidirectional) {
  done_ = true;
  if (auto refused = refuse(request))
    return answer(add_slot(request), std::move(*refused));
  auto id = request_id(request);
  auto done = accept_handshake(
    request, env_.settings.websocket.compression && !unidirectional,
    request_id_field(id), peer_->output());
  note_taken_over(request, id, 101);
  timing_wheel::cancel(*this);
  auto user = trusted_user(request, env_.settings.client);
  if (unidirectional)
    peer_->use(std::make_shared<uni_websocket_session>(
                 env_, *peer_,
                 query_value(request.query, "cf_connect").value_or(""), user),
               rest);
  else
    peer_->use(
      std::make_shared<websocket_session>(
        env_, *peer_,
        done.protobuf ? protocol::protobuf_v2_codec : protocol::json_v2_codec,
        done.frame_pings ? liveness::frame_pong : liveness::pong, user,
        done.deflate),
      rest);
  peer_->flush();
}

bool http_session::may_come() {
  return env_.gate.admit(env_.clients, peer_->home().now());
}

void http_session::open_stream(const stream_transport& transport,
                               const http_request& request) {
  if (env_.stopping || !slots_.empty())
    return answer(add_slot(request), {env_.stopping ? 503U : 400U});
  if (request.method != "OPTIONS" && !may_come())
    return answer(add_slot(request), {503, text, "Service Unavailable\n"});
  auto id = request_id(request);
  auto opened = answer_stream(transport, request, env_, request_id_field(id),
                              peer_->output());
  if (auto* instead = std::get_if<server_api::http_answer>(&opened))
    return answer(add_slot(request), std::move(*instead));
  note_taken_over(request, id, 200);
  done_ = true;
  timing_wheel::cancel(*this);
  peer_->use(std::make_shared<stream_session>(
    env_, *peer_, std::move(std::get<stream_request>(opened))));
  peer_->flush();
}

// Says `100 Continue` to a client that waits for it, after the answers that
// come before.
void http_session::go_on_with_body() {
  if (!continues_ || !slots_.empty())
    return;
  continues_ = false;
  peer_->output() += http_decoder::continue_response;
  peer_->flush();
}

// Where the next request would begin is unknown.
void http_session::fail() {
  done_ = true;
  answer(add_slot(decoder_.request()),
         {decoder_.status(), text, std::string{decoder_.why()} + "\n"});
}

// -- answers ------------------------------------------------------------------

std::string http_session::request_id(const http_request& request) const {
  std::string id{valid_request_id(request.field("X-Request-ID"))};
  if (id.empty() && env_.settings.log.access)
    id = make_request_id();
  return id;
}

// What is answered without a slot.
void http_session::note_taken_over(const http_request& request,
                                   std::string_view id, unsigned status) {
  env_.http_counters.mine().add(status);
  if (!env_.settings.log.access)
    return;
  auto now = boot_clock::now();
  request_log{request.method, request.path, id, now}.write(status, 0, now);
}

std::uint64_t http_session::add_slot(const http_request& request) {
  auto& x = slots_.emplace_back();
  x.head = request.method == "HEAD";
  x.gzip = accepts_gzip(request.field("Accept-Encoding"));
  x.request_id = request_id(request);
  if (env_.settings.log.access)
    x.log = std::make_unique<request_log>(request.method, request.path,
                                          x.request_id, boot_clock::now());
  return first_ + slots_.size() - 1;
}

void http_session::answer(std::uint64_t number, server_api::http_answer&& x) {
  if (peer_ == nullptr)
    return;
  auto& place = slots_[number - first_];
  place.ready = true;
  place.answer = std::move(x);
  send_ready();
}

// After the last request of a connection there is one answer left to go.
void http_session::send_ready() {
  while (!slots_.empty() && slots_.front().ready) {
    auto x = std::move(slots_.front());
    slots_.erase(slots_.begin());
    ++first_;
    auto last = slots_.empty() && (done_ || env_.stopping);
    send(x, last);
    if (last) {
      done_ = true;
      return peer_->finish();
    }
  }
  if (slots_.empty())
    watch();
  go_on_with_body();
  go_on();
}

void http_session::send(slot& x, bool last) {
  auto& fields = x.answer.fields;
  if (x.gzip && x.answer.body.size() >= least_gzip_size) {
    x.answer.body = gzip(x.answer.body);
    fields += "Content-Encoding: gzip\r\n";
  }
  fields += request_id_field(x.request_id);
  auto& out = peer_->output();
  append_response(out, x.answer.status, x.answer.content_type, x.answer.body,
                  !last, fields);
  if (x.head) { // the length stays: RFC 9110, section 8.6
    out.resize(out.size() - x.answer.body.size());
    x.answer.body.clear();
  }
  peer_->flush();
  env_.http_counters.mine().add(x.answer.status);
  if (x.log)
    x.log->write(x.answer.status, x.answer.body.size(), boot_clock::now());
}

bool http_session::full() const noexcept {
  return slots_.size() >= max_pipelined || peer_->unsent() > max_unsent;
}

void http_session::on_sent() {
  go_on();
}

void http_session::go_on() {
  if (!holding_ || done_ || full())
    return;
  holding_ = false;
  auto held = std::exchange(held_, {});
  peer_->resume();
  peer_->give(held);
}

// -- time and the end ---------------------------------------------------------

http_session::wait http_session::waits_for() const noexcept {
  if (!heard_ && decoder_.in_header())
    return wait::first_header;
  return decoder_.idle() ? wait::request : wait::rest_of_request;
}

void http_session::watch() {
  std::chrono::milliseconds patience = request_timeout;
  watched_ = waits_for();
  if (watched_ == wait::first_header)
    patience = env_.settings.client.stale_close_delay;
  else if (watched_ == wait::request)
    patience = idle_timeout;
  undelivered_ = all;
  peer_->home().schedule(*this, peer_->home().now() + patience);
}

void http_session::on_deadline(local_time) {
  if (!slots_.empty())
    return;
  auto left = peer_->undelivered();
  if (peer_->unsent() == 0 || left >= undelivered_)
    return peer_->abort();
  watch(); // it takes an answer
  undelivered_ = left;
}

// Requests that are under way are answered.
bool http_session::on_end() {
  if (!done_ && decoder_.end() == http_event::error)
    fail();
  done_ = true;
  return !slots_.empty();
}

void http_session::on_shutdown() {
  done_ = true;
  if (slots_.empty())
    peer_->finish();
}

void http_session::on_closed(bool) {
  peer_ = nullptr;
  timing_wheel::cancel(*this);
}

} // namespace lastseen
