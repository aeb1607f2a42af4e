#include "net/server.hpp"

#include "config/internal_listener.hpp"
#include "net/http_session.hpp"
#include "net/log.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <string>
#include <utility>

namespace lastseen {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::string_view external_prefix = "http_server.";
constexpr std::string_view internal_prefix = "http_server.internal_";

} // namespace

server::entrance::entrance(server& of, listener::options where,
                           lastseen::endpoints what)
  : serves(what),
    listens(of.scheduler_, of.env_, std::move(where),
            [this, &of](tcp_socket socket, std::size_t thread) {
              of.start(std::move(socket), thread, *this);
            }) {}

server::server(asio_scheduler& scheduler, environment& env)
  : scheduler_(scheduler), env_(env), connections_(scheduler.size()) {
  const auto& http = env.settings.http_server;
  listener::options external{std::string{external_prefix}, http.address,
                             http.port};
  if (!config::has_internal_listener(http)) {
    entrances_.emplace_back(*this, external, lastseen::endpoints{});
    return;
  }
  auto api_outside = env.settings.http_api.external;
  listener::options internal{
    std::string{internal_prefix},
    http.internal_address.empty() ? http.address : http.internal_address,
    http.internal_port == 0 ? http.port : http.internal_port};
  entrances_.emplace_back(*this, external,
                          lastseen::endpoints{true, api_outside, false});
  entrances_.emplace_back(*this, internal,
                          lastseen::endpoints{false, !api_outside, true});
}

// Runs `f` on an I/O thread and waits for its result.
template <class F>
void server::on_thread(std::size_t i, F f) {
  std::promise<void> done;
  asio::post(scheduler_.thread(i).context(), [&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

result<void> server::listen() {
  auto read = read_certificates(env_.settings.http_server);
  if (!read)
    return read.error();
  use(std::move(*read));
  for (auto& x : entrances_)
    if (auto opened = x.listens.open(); !opened)
      return opened;
  env_.tokens.start(scheduler_.thread(0).context());
  return {};
}

result<server::certificates>
server::read_certificates(const config::http_server& settings) {
  auto on_failure = [this](std::string_view why) { on_handshake_failure(why); };
  auto external =
    tls_context::make(settings.tls, "http_server.tls", on_failure);
  if (!external)
    return external.error();
  certificates out{*external};
  if (entrances_.size() == 1)
    return out;
  auto internal = tls_context::make(settings.internal_tls,
                                    "http_server.internal_tls", on_failure);
  if (!internal)
    return internal.error();
  if (!*internal && !settings.tls_external)
    internal = external;
  out.push_back(*internal);
  return out;
}

void server::use(certificates next) {
  for (std::size_t i = 0; i < entrances_.size(); ++i)
    entrances_[i].tls = std::move(next[i]);
}

void server::on_handshake_failure(std::string_view why) {
  ++env_.handshake_failures;
  if (auto skipped = env_.handshake_log.pass(boot_clock::now()))
    log_event(
      log_level::info, "a TLS handshake failed",
      {{"why", std::string{why}}, {"skipped", std::to_string(*skipped)}});
}

std::vector<tcp::endpoint> server::endpoints() const {
  std::vector<tcp::endpoint> out;
  for (const auto& x : entrances_)
    out.push_back(x.listens.endpoint());
  return out;
}

void server::start(tcp_socket socket, std::size_t thread, const entrance& by) {
  auto& home = scheduler_.thread(thread);
  home.post([this, thread, &by,
             peer = std::make_shared<transport>(home, std::move(socket))] {
    if (env_.stopping)
      return;
    if (auto context = by.tls.load())
      peer->encrypt(std::move(context));
    connections_[thread].push_back(*peer);
    peer->count_in(env_.received);
    peer->use(std::make_shared<http_session>(env_, *peer, by.serves));
  });
}

void server::stop_accepting() {
  env_.stopping = true;
  for (auto& x : entrances_)
    x.listens.close();
  on_thread(0, [this] { env_.tokens.stop(); });
}

void server::shutdown() {
  for (std::size_t i = 0; i < scheduler_.size(); ++i)
    on_thread(i, [this, i] {
      for (auto x = connections_[i].begin(); x != connections_[i].end();) {
        auto& peer = *x++;
        peer.shutdown();
      }
    });
}

void server::close_all() {
  for (std::size_t i = 0; i < scheduler_.size(); ++i)
    on_thread(i, [this, i] {
      while (!connections_[i].empty()) {
        auto peer = connections_[i].front().shared_from_this();
        peer->abort();
      }
    });
}

std::size_t server::connections() {
  std::size_t n = 0;
  for (std::size_t i = 0; i < scheduler_.size(); ++i)
    on_thread(i, [&] { n += connections_[i].size(); });
  return n;
}

} // namespace lastseen
