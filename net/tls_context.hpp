#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace lastseen {

/// How a listener encrypts: its certificate and key, and whose certificates it
/// asks of clients. Shared by its connections, on any thread.
class tls_context {
public:
  /// Told why a handshake failed, on the connection's thread.
  using failure_handler = std::function<void(std::string_view why)>;

  /// Reads the certificates. `key` is where the settings are in the
  /// configuration, `http_server.tls`.
  /// @returns null when it is not enabled; `ec::bad_config`:
  /// `<key>.cert_pem = "a.pem": <why>`.
  static result<std::shared_ptr<const tls_context>>
  make(const config::server_tls& from, std::string_view key,
       failure_handler on_failure);

  /// For a new connection.
  SSL_CTX* handle() const noexcept {
    return const_cast<boost::asio::ssl::context&>(context_).native_handle();
  }

  void handshake_failed(std::string_view why) const {
    on_failure_(why);
  }

private:
  explicit tls_context(failure_handler on_failure);

  result<void> read(const config::server_tls& from, std::string_view key);

  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
  failure_handler on_failure_;
};

} // namespace lastseen
