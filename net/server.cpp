#include "net/server.hpp"

#include "net/http_session.hpp"
#include "net/log.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <type_traits>

namespace lastseen {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// When the process has no file descriptor left, trying at once would spin.
constexpr std::chrono::milliseconds accept_pause{100};

} // namespace

server::server(asio_scheduler& scheduler, environment& env)
  : scheduler_(scheduler),
    env_(env),
    acceptor_(scheduler.thread(0).context()),
    pause_(scheduler.thread(0).context()),
    connections_(scheduler.size()) {}

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
  const auto& where = env_.settings.http_server;
  auto name = (where.address.empty() ? "*" : where.address) + ":"
              + std::to_string(where.port);
  error_code failed;
  auto address = where.address.empty()
                   ? asio::ip::address_v6::any()
                   : asio::ip::make_address(where.address, failed);
  if (failed)
    return error{ec::bad_config, "http_server.address: " + where.address
                                   + ": must be an IP address"};
  tcp::endpoint endpoint{address, where.port};
  auto open = [&](const tcp::endpoint& to) {
    acceptor_.open(to.protocol(), failed);
    if (!failed)
      acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && to.address().is_v6())
      acceptor_.set_option(asio::ip::v6_only(false), failed);
    if (!failed)
      acceptor_.bind(to, failed);
    if (!failed)
      acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  };
  open(endpoint);
  if (failed && where.address.empty()) { // a machine without IPv6
    error_code ignored;
    acceptor_.close(ignored);
    open({asio::ip::address_v4::any(), where.port});
  }
  if (failed)
    return error{ec::bad_config, "http_server: cannot listen on " + name + ": "
                                   + failed.message()};
  if (env_.keys)
    env_.keys->start(scheduler_.thread(0).context());
  asio::post(scheduler_.thread(0).context(), [this] { accept(); });
  return {};
}

tcp::endpoint server::endpoint() const {
  return acceptor_.local_endpoint();
}

void server::accept() {
  // Files are left for connections to the stores.
  std::size_t open = 0;
  for (std::size_t i = 0; i < scheduler_.size(); ++i)
    open += scheduler_.thread(i).connections();
  if (open >= env_.gate.max_connections())
    return pause("too many connections");
  auto i = next_thread();
  auto& home = scheduler_.thread(i);
  acceptor_.async_accept(
    home.context(), [this, i, &home](error_code ec, tcp::socket socket) {
      if (ec == asio::error::operation_aborted || !acceptor_.is_open())
        return;
      if (ec)
        return pause(ec.message());
      home.post(
        [this, i, peer = std::make_shared<transport>(home, std::move(socket))] {
          start(peer, i);
        });
      accept();
    });
}

void server::pause(const std::string& why) {
  ++env_.accept_pauses;
  if (auto skipped = env_.accept_log.pass(boot_clock::now()))
    log_event(log_level::warn, "accepts no connections for a moment",
              {{"why", why}, {"skipped", std::to_string(*skipped)}});
  pause_.expires_after(accept_pause);
  pause_.async_wait([this](error_code stopped) {
    if (!stopped)
      accept();
  });
}

// The first that is not filled yet, or else the one with the fewest.
std::size_t server::next_thread() {
  std::size_t fewest = 0;
  for (std::size_t i = 0; i < scheduler_.size(); ++i) {
    auto n = scheduler_.thread(i).connections().load();
    if (n < first_connections)
      return i;
    if (n < scheduler_.thread(fewest).connections())
      fewest = i;
  }
  return fewest;
}

void server::start(const std::shared_ptr<transport>& peer, std::size_t thread) {
  if (env_.stopping)
    return;
  connections_[thread].push_back(*peer);
  peer->use(std::make_shared<http_session>(env_, *peer));
}

void server::stop_accepting() {
  env_.stopping = true;
  on_thread(0, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    if (env_.keys)
      env_.keys->stop();
  });
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
