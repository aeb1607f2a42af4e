#pragma once

#include "status/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <string>
#include <string_view>

namespace lastseen::config {

/// A PEM value of the configuration: the text itself, its base64, or the path
/// of a file, which is read once.
class pem_value {
public:
  /// `group` and `name` are its key: `http_server.tls` and `cert_pem`.
  pem_value(std::string_view group, std::string_view name, std::string value);

  bool empty() const noexcept {
    return value_.empty();
  }

  /// The PEM; a file is read when first asked for. Errors: `ec::bad_config`.
  result<std::string> text() const;

  /// `ec::bad_config`: `<group>.<name> = "a.pem": <why>`, without the text of a
  /// PEM.
  error failure(std::string_view why) const;

private:
  result<std::string> read() const;

  std::string name_;
  std::string value_;
  mutable std::string text_; // empty: not read yet
};

/// Shows the peer a certificate, and those between it and its authority, with
/// its key. Nothing when they are empty. Errors: `ec::bad_config`.
result<void> use_certificate(boost::asio::ssl::context& of,
                             const pem_value& cert, const pem_value& key);

/// Trusts these authorities, if there are any. Errors: `ec::bad_config`.
result<void> trust(boost::asio::ssl::context& of, const pem_value& authorities);

/// Why the peer's certificate is not trusted: `certificate verify failed: self
/// signed certificate`; empty if it is, or has not come.
std::string verify_failure(const SSL* stream);

} // namespace lastseen::config
