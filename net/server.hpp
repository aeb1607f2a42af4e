#pragma once

#include "actors/asio_scheduler.hpp"
#include "net/endpoints.hpp"
#include "net/environment.hpp"
#include "net/listener.hpp"
#include "net/tls_context.hpp"
#include "net/transport.hpp"
#include "status/error.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace lastseen {

/// The HTTP listeners and their connections: one for everything, or one for
/// clients and an internal one. Functions are called on the main
/// thread, or any that is not an I/O thread.
class server {
public:
  server(asio_scheduler& scheduler, environment& env);

  /// Reads certificates, binds and starts to accept. Errors name the address,
  /// or the key of a certificate.
  result<void> listen();

  /// Where it listens, first for clients. REQUIRES: listen() succeeded.
  std::vector<boost::asio::ip::tcp::endpoint> endpoints() const;

  /// How the listeners encrypt, each in turn.
  using certificates = std::vector<std::shared_ptr<const tls_context>>;

  /// Reads the certificates of other settings. Errors: `ec::bad_config`.
  result<certificates> read_certificates(const config::http_server& settings);

  /// From here on for new connections.
  void use(certificates next);

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

  /// A listener and what it is for.
  struct entrance {
    entrance(server& of, listener::options where, lastseen::endpoints what);

    lastseen::endpoints serves;
    std::atomic<std::shared_ptr<const tls_context>> tls; // null: TCP
    listener listens;
  };

  void start(tcp_socket socket, std::size_t thread, const entrance& by);
  void on_handshake_failure(std::string_view why);
  template <class F>
  void on_thread(std::size_t i, F f);

  asio_scheduler& scheduler_;
  environment& env_;
  std::deque<entrance> entrances_; // the first one is for clients
  std::vector<list> connections_;  // one per thread, touched on it only
};

} // namespace lastseen
