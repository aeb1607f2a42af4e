#include "config/certificates.hpp"

#include "config/internal_listener.hpp"

#include <initializer_list>
#include <utility>

namespace lastseen::config {

namespace {

namespace ssl = boost::asio::ssl;

template <class Tls>
result<void> check(const Tls& from, std::string_view group) {
  ssl::context unused{ssl::context::tls};
  return certificates{from, group}.use(unused);
}

} // namespace

certificates::certificates(const server_tls& from, std::string_view group)
  : cert{group, "cert_pem", from.cert_pem},
    key{group, "key_pem", from.key_pem},
    authorities{group, "client_ca_pem", from.client_ca_pem} {}

certificates::certificates(const tls& from, std::string_view group)
  : cert{group, "cert_pem", from.cert_pem},
    key{group, "key_pem", from.key_pem},
    authorities{group, "server_ca_pem", from.server_ca_pem} {}

result<void> certificates::use(ssl::context& of) const {
  if (auto used = use_certificate(of, cert, key); !used)
    return used;
  return trust(of, authorities);
}

result<void> check_certificates(const settings& x) {
  const auto& redis = x.user_status.redis;
  if (x.store == store_kind::redis)
    for (const auto& [from, group] :
         {std::pair{&redis.tls, "user_status.redis.tls"},
          std::pair{&redis.sentinel_tls, "user_status.redis.sentinel_tls"}})
      if (auto done = check(*from, group); !done)
        return done;
  const auto& http = x.http_server;
  if (x.grpc_api.enabled && x.grpc_api.tls.enabled)
    if (auto done = check(x.grpc_api.tls, "grpc_api.tls"); !done)
      return done;
  if (http.tls.enabled)
    if (auto done = check(http.tls, "http_server.tls"); !done)
      return done;
  if (http.internal_tls.enabled && has_internal_listener(http))
    return check(http.internal_tls, "http_server.internal_tls");
  return {};
}

} // namespace lastseen::config
