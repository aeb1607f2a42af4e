#include "net/tls_context.hpp"

#include "config/certificates.hpp"

#include <openssl/ssl.h>

#include <string>
#include <utility>

namespace lastseen {

namespace {

// Tells clients which certificates are good, so that they can choose one.
void announce_authorities(SSL_CTX* context) {
  const auto* all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
    if (auto* x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i)))
      SSL_CTX_add_client_CA(context, x);
}

} // namespace

tls_context::tls_context(failure_handler on_failure)
  : on_failure_(std::move(on_failure)) {
  auto* x = context_.native_handle();
  SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION);
  // Idle connections have no buffers; the output may move and grow before it
  // is sent.
  SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                        | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A peer that closes without a word has ended, as with TCP.
  SSL_CTX_set_options(x, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF
                           | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_read_ahead(x, 1);
  // Sessions are resumed by tickets, which take no memory here.
  SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(x, 1);
}

result<std::shared_ptr<const tls_context>>
tls_context::make(const config::server_tls& from, std::string_view key,
                  failure_handler on_failure) {
  std::shared_ptr<tls_context> x;
  if (!from.enabled)
    return x;
  x.reset(new tls_context{std::move(on_failure)});
  if (auto done = x->read(from, key); !done)
    return done.error();
  return x;
}

result<void> tls_context::read(const config::server_tls& from,
                               std::string_view key) {
  config::certificates all{from, key};
  if (auto used = all.use(context_); !used)
    return used;
  if (all.authorities.empty())
    return {};
  auto* x = context_.native_handle();
  announce_authorities(x);
  SSL_CTX_set_verify(x, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  // Without a name, a ticket with a client's certificate is refused.
  constexpr std::string_view name = "lastseen";
  SSL_CTX_set_session_id_context(
    x, reinterpret_cast<const unsigned char*>(name.data()), name.size());
  return {};
}

} // namespace lastseen
