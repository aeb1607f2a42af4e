#include "net/listener.hpp"

#include "net/log.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <utility>

namespace lastseen {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// When the process has no file descriptor left, trying at once would spin.
constexpr std::chrono::milliseconds accept_pause{100};

// Binds and listens; IPv6 takes connections of IPv4, too.
void open_to(tcp::acceptor& acceptor, const tcp::endpoint& where,
             error_code& failed) {
  acceptor.open(where.protocol(), failed);
  if (!failed)
    acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && where.address().is_v6())
    acceptor.set_option(asio::ip::v6_only(false), failed);
  if (!failed)
    acceptor.bind(where, failed);
  if (!failed)
    acceptor.listen(asio::socket_base::max_listen_connections, failed);
}

} // namespace

listener::listener(asio_scheduler& scheduler, environment& env, options where,
                   connection_handler on_connection)
  : scheduler_(scheduler),
    env_(env),
    where_(std::move(where)),
    on_connection_(std::move(on_connection)),
    acceptor_(scheduler.thread(0).context()),
    pause_(scheduler.thread(0).context()) {}

result<void> listener::open() {
  error_code failed;
  auto address = where_.address.empty()
                   ? asio::ip::address_v6::any()
                   : asio::ip::make_address(where_.address, failed);
  if (failed)
    return error{ec::bad_config, where_.prefix + "address: " + where_.address
                                   + ": must be an IP address"};
  open_to(acceptor_, {address, where_.port}, failed);
  if (failed && where_.address.empty()) { // a machine without IPv6
    error_code ignored;
    acceptor_.close(ignored);
    open_to(acceptor_, {asio::ip::address_v4::any(), where_.port}, failed);
  }
  if (failed)
    return error{ec::bad_config,
                 where_.prefix + "port: cannot listen on "
                   + (where_.address.empty() ? "*" : where_.address) + ":"
                   + std::to_string(where_.port) + ": " + failed.message()};
  asio::post(scheduler_.thread(0).context(), [this] { accept(); });
  return {};
}

tcp::endpoint listener::endpoint() const {
  return acceptor_.local_endpoint();
}

// Files are left for connections to the stores.
bool listener::has_room() {
  std::size_t open = 0;
  for (std::size_t i = 0; i < scheduler_.size(); ++i)
    open += scheduler_.thread(i).connections();
  auto max = env_.gate.max_connections();
  const auto& others = env_.grpc_connections;
  return open + others.at_most() < max || open + others.count() < max;
}

void listener::accept() {
  if (!acceptor_.is_open())
    return;
  if (!has_room())
    return pause("too many connections");
  auto i = next_thread();
  acceptor_.async_accept(scheduler_.thread(i).context().get_executor(),
                         [this, i](error_code ec, tcp_socket socket) {
                           if (ec == asio::error::operation_aborted
                               || !acceptor_.is_open())
                             return;
                           if (ec)
                             return pause(ec.message());
                           on_connection_(std::move(socket), i);
                           accept();
                         });
}

void listener::pause(const std::string& why) {
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
std::size_t listener::next_thread() {
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

void listener::close() {
  auto& first = scheduler_.thread(0).context();
  std::promise<void> done;
  asio::post(first, [&] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    // After what was about to be handled.
    asio::post(first, [&] { done.set_value(); });
  });
  done.get_future().wait();
}

} // namespace lastseen
