#include "config/field_table.hpp"

#include <array>

namespace lastseen::config {

namespace {

constexpr auto of_grpc_api = std::to_array<field>({
  {KEY(grpc_api.enabled),
   .doc = "The server API over gRPC as well, at an address of its own: "
          "docs/grpc.md."},
  {KEY(grpc_api.address), .doc = "Where to listen. Empty: all interfaces.",
   .valid = is_listen_address, .rule = listen_address_rule},
  {KEY(grpc_api.port), .doc = "Its port. 0: any free one.", .min = 0,
   .max = 65535},
  {KEY(grpc_api.key),
   .doc = "The key that calls must carry, as `apikey KEY` in the metadata "
          "`authorization`. Without one, here or in `grpc_api.keys`, no key is "
          "asked for.",
   .secret = true},
  {KEY(grpc_api.keys),
   .doc = "More keys that are as good: while a key is replaced, the old and "
          "the new one.",
   .secret = true},
  {KEY(grpc_api.insecure),
   .doc = "Without a key the service starts only if `grpc_api.address` is a "
          "loopback address, or where clients must show a certificate, or "
          "with this."},
  {KEY(grpc_api.reflection),
   .doc = "Tells clients such as grpcurl which methods and messages there are. "
          "It asks for no key."},
  {KEY(grpc_api.health),
   .doc = "The standard health service (`grpc.health.v1.Health`): `SERVING` "
          "while the service runs. It asks for no key."},
  {KEY(grpc_api.error_mode),
   .doc = "`transport`: a failed call is answered with a status and the "
          "`Error` in its details, as for calls that say so in the metadata "
          "`x-centrifugo-error-mode`; not for `Batch`. Empty: with OK and the "
          "error in the response.",
   .valid = is_error_mode, .rule = error_mode_rule},
  {KEY(grpc_api.max_receive_message_size),
   .doc = "Bytes of one request; a larger one is answered with "
          "`RESOURCE_EXHAUSTED`. 0: as `http_server.max_body_size` was at "
          "the start.",
   .min = 0, .max = gib},
  {KEY(grpc_api.tls.enabled), .doc = "TLS 1.2 or later."},
  {KEY(grpc_api.tls.cert_pem),
   .doc = "The certificate that clients are shown, then those in between: "
          "PEM, its base64, or the path of a file. Read again on SIGHUP."},
  {KEY(grpc_api.tls.key_pem), .doc = "The key of that certificate, likewise.",
   .secret = true},
  {KEY(grpc_api.tls.client_ca_pem),
   .doc = "The certificate authorities of clients, likewise: each client must "
          "show a certificate of one of them. Empty: none is asked for."},
});

} // namespace

#undef KEY

std::span<const field> grpc_fields() {
  return of_grpc_api;
}

} // namespace lastseen::config
