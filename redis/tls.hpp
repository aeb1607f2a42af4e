#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace lastseen::redis {

/// How connections are encrypted: certificates and keys, read once and shared
/// by all connections of one thread or many.
class tls {
public:
  /// Reads the certificates. `key` is where the settings are in the
  /// configuration, `user_status.redis.tls`.
  /// @returns `ec::bad_config`: `<key>.cert_pem = "a.pem": <why>`.
  static result<std::shared_ptr<tls>> make(const config::tls& from,
                                           std::string_view key);

  /// For a new stream.
  boost::asio::ssl::context& context() noexcept {
    return context_;
  }

  /// Sets what is checked of the server: its name is `server_name` of the
  /// settings, or else `host`. @returns why that cannot be, empty for success.
  std::string prepare(SSL* stream, const std::string& host) const;

private:
  tls() = default;

  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::string server_name_;
  bool verify_ = true;
};

/// Why a handshake failed: `certificate verify failed: self-signed
/// certificate`.
std::string handshake_failure(SSL* stream,
                              const boost::system::error_code& failed);

} // namespace lastseen::redis
