#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace lastseen::grpc_api {

/// What the gRPC listener shows of itself, and whose certificates it asks of
/// clients (`grpc_api.tls`), by TLS 1.2 or later. From any thread.
class certificates : public std::enable_shared_from_this<certificates> {
public:
  struct pems {
    std::string cert;
    std::string key;
    std::string client_ca; // empty: clients are not asked
  };

  /// Errors: `ec::bad_config`: `grpc_api.tls.cert_pem = "a.pem": <why>`.
  static result<pems> read(const config::server_tls& from);

  explicit certificates(pems x) : pems_{std::move(x)} {}

  /// Shows these in connections that come from now on. Whether clients are
  /// asked at all does not change: if it would, those who sign their
  /// certificates stay.
  void use(pems next);

  /// For a listener; keeps the certificates alive.
  std::shared_ptr<grpc::ServerCredentials> credentials();

private:
  static grpc_ssl_certificate_config_reload_status
  fetch(void* self, grpc_ssl_server_certificate_config** into);

  std::mutex mutex_;
  pems pems_;
  bool fetched_ = false; // by gRPC, since they changed
};

} // namespace lastseen::grpc_api
