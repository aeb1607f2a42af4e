#pragma once

#include "net/environment.hpp"
#include "status/error.hpp"

#include <cstdint>
#include <memory>

namespace lastseen::grpc_api {

/// The gRPC listener of the server API, as `grpc_api` of the settings says. It
/// has threads of its own, as many as the machine has cores at most, however
/// many calls there are. Used on the main thread.
class server {
public:
  explicit server(environment& env);
  ~server();

  /// Binds and starts to serve. Errors: `ec::bad_config`, with the address or
  /// the certificate.
  result<void> listen();

  /// Reads the certificates again, for connections that come from now on. On
  /// an error, `ec::bad_config`, the old ones stay.
  result<void> reload(const config::server_tls& tls);

  /// Where it listens. REQUIRES: listen() succeeded.
  std::uint16_t port() const noexcept;

  /// Calls that are not answered, or whose answer is still on its way.
  std::size_t calls() const noexcept;

  /// Ends what is left of calls, and closes the connections; returns when that
  /// is so.
  void shutdown();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lastseen::grpc_api
