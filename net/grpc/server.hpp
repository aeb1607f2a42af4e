#pragma once

#include "actors/asio_scheduler.hpp"
#include "net/environment.hpp"
#include "status/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace lastseen::grpc_api {

/// The server API over gRPC, as `grpc_api` of the settings says. Connections
/// are accepted on the first I/O thread and handed to gRPC. That has threads of
/// its own, as many as the machine has cores at most, however many calls there
/// are. Used on the main thread.
class server {
public:
  /// A connection that has no call for `idle_timeout` is closed, as over HTTP;
  /// clients come back when they have one.
  server(asio_scheduler& scheduler, environment& env,
         std::chrono::milliseconds idle_timeout = std::chrono::minutes{2});
  ~server();

  /// Binds and starts to serve. Errors: `ec::bad_config`, with the address or
  /// the certificate.
  result<void> listen();

  /// Reads the certificates of other settings. Errors: `ec::bad_config`.
  /// @returns what has new connections show them; null where these settings,
  /// or those that it listens with, have no TLS.
  result<std::function<void()>>
  read_certificates(const config::server_tls& tls);

  /// Where it listens. REQUIRES: listen() succeeded.
  std::uint16_t port() const;

  /// Accepts nothing more, tells clients to go elsewhere (GOAWAY) and those who
  /// watch its health that it serves no more. Calls under way go on; what
  /// crosses the GOAWAY on its way fails and was not begun.
  void stop_accepting();

  /// Calls that are not answered, or whose answer is still on its way; without
  /// refused ones.
  std::size_t calls() const noexcept;

  /// Ends what is left of calls, and closes the connections; returns when that
  /// is so. REQUIRES: stop_accepting() was called.
  void shutdown();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lastseen::grpc_api
