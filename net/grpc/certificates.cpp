#include "net/grpc/certificates.hpp"

#include "config/certificates.hpp"

#include <boost/asio/ssl/context.hpp>

#include <grpc/grpc.h>
#include <utility>

namespace lastseen::grpc_api {

namespace {

/// Those that gRPC's C++ library makes cannot change.
class server_credentials final : public grpc::ServerCredentials {
public:
  server_credentials(std::shared_ptr<certificates> from,
                     grpc_server_credentials* x)
    : from_{std::move(from)}, x_{x} {}

  server_credentials(const server_credentials&) = delete;
  server_credentials& operator=(const server_credentials&) = delete;

  ~server_credentials() override {
    grpc_server_credentials_release(x_);
  }

  void SetAuthMetadataProcessor(
    const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), x_);
  }

  std::shared_ptr<certificates> from_;
  grpc_server_credentials* x_;
};

} // namespace

// OpenSSL says what is wrong with them, gRPC does not.
result<certificates::pems> certificates::read(const config::server_tls& from) {
  boost::asio::ssl::context check{boost::asio::ssl::context::tls_server};
  config::certificates all{from, "grpc_api.tls"};
  if (auto used = all.use(check); !used)
    return used.error();
  auto text_of = [](const config::pem_value& x) {
    return x.empty() ? "" : x.text().value();
  };
  return pems{text_of(all.cert), text_of(all.key), text_of(all.authorities)};
}

void certificates::use(pems next) {
  std::lock_guard guard{mutex_};
  if (next.client_ca.empty() != pems_.client_ca.empty())
    next.client_ca = std::move(pems_.client_ca);
  pems_ = std::move(next);
  fetched_ = false;
}

std::shared_ptr<grpc::ServerCredentials> certificates::credentials() {
  auto request = pems_.client_ca.empty()
                   ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                   : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  auto* options =
    grpc_ssl_server_credentials_create_options_using_config_fetcher(
      request, fetch, this);
  return std::make_shared<server_credentials>(
    shared_from_this(),
    grpc_ssl_server_credentials_create_with_options(options));
}

// Called for each connection.
grpc_ssl_certificate_config_reload_status
certificates::fetch(void* self, grpc_ssl_server_certificate_config** into) {
  auto& x = *static_cast<certificates*>(self);
  std::lock_guard guard{x.mutex_};
  if (std::exchange(x.fetched_, true))
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const auto& [cert, key, client_ca] = x.pems_;
  grpc_ssl_pem_key_cert_pair pair{key.c_str(), cert.c_str()};
  // gRPC insists on authorities, even where it asks no client.
  const auto& authorities = client_ca.empty() ? cert : client_ca;
  *into =
    grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

} // namespace lastseen::grpc_api
