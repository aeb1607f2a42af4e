#pragma once

#include "actors/asio_scheduler.hpp"
#include "net/endpoints.hpp"
#include "net/environment.hpp"
#include "net/tls_context.hpp"
#include "net/transport.hpp"
#include "status/error.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace lastseen {

/// Binds and listens; IPv6 takes connections of IPv4, too.
void open_to(boost::asio::ip::tcp::acceptor& acceptor,
             const boost::asio::ip::tcp::endpoint& where,
             boost::system::error_code& failed);

/// An address by which connections come in. Accepts on the first I/O thread
/// and spreads them over all: each thread gets some before the next one gets
/// any, and further ones go where the fewest are.
class listener {
public:
  /// A few busy connections on one thread share its wake-ups, which cost more
  /// than the work.
  static constexpr std::size_t first_connections = 64;

  struct options {
    /// What its keys in the configuration begin with, for messages.
    std::string prefix;
    /// Empty: all interfaces.
    std::string address;
    /// 0: any free one.
    std::uint16_t port = 0;
    endpoints serves = {};
  };

  /// Gets a new connection on the thread of that number, which serves it.
  using connection_handler =
    std::function<void(const std::shared_ptr<transport>&, std::size_t thread,
                       const endpoints& serves)>;

  listener(asio_scheduler& scheduler, environment& env, options where,
           connection_handler on_connection);

  /// New connections are encrypted so; null: not at all. From any thread.
  void encrypt_by(std::shared_ptr<const tls_context> context) {
    tls_ = std::move(context);
  }

  /// Binds, then accepts. Errors name the address.
  result<void> open();

  /// Where it listens. REQUIRES: open() succeeded.
  boost::asio::ip::tcp::endpoint endpoint() const;

  /// Accepts nothing more. Only on the first thread.
  void close();

private:
  void accept();
  void pause(const std::string& why);
  std::size_t next_thread();
  void start(const std::shared_ptr<transport>& peer, std::size_t thread);

  asio_scheduler& scheduler_;
  environment& env_;
  options where_;
  connection_handler on_connection_;
  std::atomic<std::shared_ptr<const tls_context>> tls_; // null: TCP
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

} // namespace lastseen
