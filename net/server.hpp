#pragma once

#include "actors/asio_scheduler.hpp"
#include "net/environment.hpp"
#include "net/transport.hpp"
#include "status/error.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lastseen {

/// The HTTP listener: accepts on one thread and spreads the connections over
/// all of them: each thread gets some before the next one gets any, and further
/// ones go where the fewest are. Functions are called on the main thread, or
/// any that is not an I/O thread.
class server {
public:
  /// A few busy connections on one thread share its wake-ups, which cost more
  /// than the work.
  static constexpr std::size_t first_connections = 64;

  server(asio_scheduler& scheduler, environment& env);

  /// Binds and starts to accept. Errors name the address.
  result<void> listen();

  /// Where it listens. REQUIRES: listen() succeeded.
  boost::asio::ip::tcp::endpoint endpoint() const;

  /// Accepts nothing more; returns when that is so.
  void stop_accepting();

  /// Tells all connections that the service stops: clients are closed with
  /// 3001, HTTP connections after what they are waiting for.
  void shutdown();

  /// Closes what is still open; returns when that is so.
  void close_all();

  /// Open connections of both kinds.
  std::size_t connections();

private:
  using list =
    boost::intrusive::list<transport,
                           boost::intrusive::base_hook<transport_hook>,
                           boost::intrusive::constant_time_size<false>>;

  void accept();
  void pause(const std::string& why);
  std::size_t next_thread();
  void start(const std::shared_ptr<transport>& peer, std::size_t thread);
  template <class F>
  void on_thread(std::size_t i, F f);

  asio_scheduler& scheduler_;
  environment& env_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<list> connections_; // one per thread, touched on it only
};

} // namespace lastseen
