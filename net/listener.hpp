#pragma once

#include "actors/asio_scheduler.hpp"
#include "net/environment.hpp"
#include "net/tcp_socket.hpp"
#include "status/error.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace lastseen {

/// An address by which connections come in. Accepts on the first I/O thread
/// and spreads them over all: each thread gets some before the next one gets
/// any, and further ones go where the fewest are. Accepts none while there are
/// more than `connection_gate::max_connections` of all kinds, or no file
/// descriptor is left.
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
  };

  /// Gets a new connection, whose socket belongs to the thread of that number.
  /// Called on the first thread.
  using connection_handler =
    std::function<void(tcp_socket, std::size_t thread)>;

  listener(asio_scheduler& scheduler, environment& env, options where,
           connection_handler on_connection);

  /// Binds, then accepts. Errors name the address.
  result<void> open();

  /// Where it listens. REQUIRES: open() succeeded.
  boost::asio::ip::tcp::endpoint endpoint() const;

  /// Accepts nothing more; returns when that is so, and may be destroyed then.
  /// Not from an I/O thread.
  void close();

private:
  bool has_room();
  void accept();
  void pause(const std::string& why);
  std::size_t next_thread();

  asio_scheduler& scheduler_;
  environment& env_;
  options where_;
  connection_handler on_connection_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

} // namespace lastseen
