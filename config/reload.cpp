#include "config/reload.hpp"

#include "config/fields.hpp"

#include <algorithm>
#include <array>

namespace lastseen::config {

namespace {

// Keys, and groups, which end with a dot.
constexpr auto changing = std::to_array<std::string_view>({
  "http_server.max_body_size",
  "http_server.tls.",
  "http_server.tls_external",
  "http_server.internal_tls.",
  "http_api.key",
  "http_api.keys",
  "grpc_api.key",
  "grpc_api.keys",
  "grpc_api.tls.",
  "client.token.",
  "client.queue_max_size",
  "client.connection_limit",
  "client.connection_rate_limit",
  "client.user_connection_limit",
  "client.rate_limit.",
  "websocket.message_size_limit",
  "websocket.decompressed_message_size_limit",
  "websocket.write_timeout",
  "http_stream.max_request_body_size",
  "sse.max_request_body_size",
  "emulation.max_request_body_size",
  "uni_http_stream.max_request_body_size",
  "uni_sse.max_request_body_size",
  "user_status.max_users_per_request",
  "log.level",
});

bool reloads(std::string_view key) {
  return std::ranges::any_of(changing, [key](std::string_view x) {
    return x.ends_with('.') ? key.starts_with(x) : key == x;
  });
}

// gRPC has its listener encrypt, and ask clients, from the start on or never.
bool takes_a_new_grpc_listener(std::string_view key, const server_tls& running,
                               const server_tls& next) {
  if (!key.starts_with("grpc_api.tls."))
    return false;
  return running.enabled != next.enabled
         || (key == "grpc_api.tls.client_ca_pem"
             && running.client_ca_pem.empty() != next.client_ca_pem.empty());
}

} // namespace

reloaded reload(const settings& running, const settings& next) {
  reloaded out{running, {}};
  auto values = next;
  for (const auto& f : fields())
    std::visit(
      [&](auto at) {
        if (reloads(f.key)
            && !takes_a_new_grpc_listener(f.key, running.grpc_api.tls,
                                          next.grpc_api.tls))
          at(out.settings) = at(values);
        else if (at(out.settings) != at(values))
          out.kept.push_back(f.key);
      },
      f.at);
  if (running.store != next.store)
    out.kept.emplace_back("user_status");
  return out;
}

} // namespace lastseen::config
