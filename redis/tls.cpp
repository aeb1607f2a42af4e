#include "redis/tls.hpp"

#include "config/certificates.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace lastseen::redis {

namespace asio = boost::asio;

using boost::system::error_code;

result<std::shared_ptr<tls>> tls::make(const config::tls& from,
                                       std::string_view key) {
  std::shared_ptr<tls> x{new tls};
  auto& context = x->context_;
  x->server_name_ = from.server_name;
  x->verify_ = !from.insecure_skip_verify;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  config::certificates all{from, key};
  error_code failed;
  if (all.authorities.empty())
    context.set_default_verify_paths(failed);
  if (auto used = all.use(context); !used)
    return used.error();
  return x;
}

std::string tls::prepare(SSL* stream, const std::string& host) const {
  const auto& name = server_name_.empty() ? host : server_name_;
  error_code no_number;
  asio::ip::make_address(name, no_number);
  auto is_name = bool{no_number} && !name.empty();
  if (is_name)
    SSL_set_tlsext_host_name(stream, name.c_str());
  if (!verify_) {
    SSL_set_verify(stream, SSL_VERIFY_NONE, nullptr);
    return "";
  }
  if (name.empty())
    return "a Unix socket has no host: tls.server_name must be set";
  SSL_set_verify(stream, SSL_VERIFY_PEER, nullptr);
  auto* param = SSL_get0_param(stream);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  auto set = is_name ? X509_VERIFY_PARAM_set1_host(param, name.c_str(), 0)
                     : X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
  return set == 1 ? "" : "the server name cannot be checked";
}

std::string handshake_failure(SSL* stream, const error_code& failed) {
  if (auto why = config::verify_failure(stream); !why.empty())
    return why;
  if (failed == asio::error::eof
      || failed == asio::ssl::error::stream_truncated)
    return "connection closed by the server";
  return failed.message();
}

} // namespace lastseen::redis
