#pragma once

#include "config/config.hpp"
#include "config/pem.hpp"
#include "status/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <string_view>

namespace lastseen::config {

/// What one side of TLS connections shows and trusts; each may be empty. Files
/// are read once.
struct certificates {
  /// `group` is where the settings are: `http_server.tls`.
  certificates(const server_tls& from, std::string_view group);
  certificates(const tls& from, std::string_view group);

  /// Has connections show and trust them. Errors: `ec::bad_config`:
  /// `<group>.cert_pem = "a.pem": <why>`.
  result<void> use(boost::asio::ssl::context& of) const;

  pem_value cert;
  pem_value key;
  /// Who signs the certificates of the other side.
  pem_value authorities;
};

/// Reads all certificates that a service with these settings reads at its
/// start. Errors: as those of `use`.
result<void> check_certificates(const settings& x);

} // namespace lastseen::config
