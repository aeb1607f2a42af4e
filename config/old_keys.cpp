#include "config/old_keys.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace lastseen::config {

namespace {

namespace json = boost::json;

struct renaming {
  std::string_view old;
  std::string_view now;
};

// At the top of the file.
constexpr auto flat = std::to_array<renaming>({
  {"address", "http_server.address"},
  {"port", "http_server.port"},
  {"internal_address", "http_server.internal_address"},
  {"internal_port", "http_server.internal_port"},
  {"tls", "http_server.tls.enabled"},
  {"tls_cert", "http_server.tls.cert_pem"},
  {"tls_cert_pem", "http_server.tls.cert_pem"},
  {"tls_key", "http_server.tls.key_pem"},
  {"tls_key_pem", "http_server.tls.key_pem"},
  {"tls_client_ca", "http_server.tls.client_ca_pem"},
  {"tls_client_ca_pem", "http_server.tls.client_ca_pem"},
  {"tls_external", "http_server.tls_external"},
  {"internal_tls", "http_server.internal_tls"},
  {"api_key", "http_api.key"},
  {"api_insecure", "http_api.insecure"},
  {"api_external", "http_api.external"},
  {"api_handler_prefix", "http_api.handler_prefix"},
  {"api_error_mode", "http_api.error_mode"},
  {"token_hmac_secret_key", "client.token.hmac_secret_key"},
  {"token_rsa_public_key", "client.token.rsa_public_key"},
  {"token_ecdsa_public_key", "client.token.ecdsa_public_key"},
  {"token_jwks_public_endpoint", "client.token.jwks_public_endpoint"},
  {"token_audience", "client.token.audience"},
  {"token_audience_regex", "client.token.audience_regex"},
  {"token_issuer", "client.token.issuer"},
  {"token_issuer_regex", "client.token.issuer_regex"},
  {"token_user_id_claim", "client.token.user_id_claim"},
  {"client_insecure", "client.insecure"},
  {"client_insecure_skip_token_signature_verify",
   "client.insecure_skip_token_signature_verify"},
  {"client_user_id_http_header", "client.user_id_http_header"},
  {"client_queue_max_size", "client.queue_max_size"},
  {"client_stale_close_delay", "client.stale_close_delay"},
  {"client_expired_close_delay", "client.expired_close_delay"},
  {"client_connection_limit", "client.connection_limit"},
  {"client_connection_rate_limit", "client.connection_rate_limit"},
  {"client_user_connection_limit", "client.user_connection_limit"},
  {"allow_anonymous_connect_without_token",
   "client.allow_anonymous_connect_without_token"},
  {"disallow_anonymous_connection_tokens",
   "client.disallow_anonymous_connection_tokens"},
  {"allowed_origins", "client.allowed_origins"},
  {"client_connect_include_server_time", "client.connect_include_server_time"},
  {"ping_interval", "client.ping_interval"},
  {"pong_timeout", "client.pong_timeout"},
  {"websocket_handler_prefix", "websocket.handler_prefix"},
  {"http_stream_handler_prefix", "http_stream.handler_prefix"},
  {"sse_handler_prefix", "sse.handler_prefix"},
  {"emulation_handler_prefix", "emulation.handler_prefix"},
  {"uni_websocket_handler_prefix", "uni_websocket.handler_prefix"},
  {"uni_http_stream_handler_prefix", "uni_http_stream.handler_prefix"},
  {"uni_sse_handler_prefix", "uni_sse.handler_prefix"},
  {"health_handler_prefix", "health.handler_prefix"},
  {"prometheus_handler_prefix", "prometheus.handler_prefix"},
  {"swagger_handler_prefix", "swagger.handler_prefix"},
  {"websocket_message_size_limit", "websocket.message_size_limit"},
  {"websocket_compression", "websocket.compression"},
  {"websocket_write_timeout", "websocket.write_timeout"},
  {"http_stream_max_request_body_size", "http_stream.max_request_body_size"},
  {"sse_max_request_body_size", "sse.max_request_body_size"},
  {"emulation_max_request_body_size", "emulation.max_request_body_size"},
  {"uni_sse_max_request_body_size", "uni_sse.max_request_body_size"},
  {"uni_http_stream_max_request_body_size",
   "uni_http_stream.max_request_body_size"},
  {"grpc_api_address", "grpc_api.address"},
  {"grpc_api_port", "grpc_api.port"},
  {"grpc_api_key", "grpc_api.key"},
  {"grpc_api_reflection", "grpc_api.reflection"},
  {"grpc_api_error_mode", "grpc_api.error_mode"},
  {"grpc_api_tls", "grpc_api.tls.enabled"},
  {"grpc_api_tls_cert", "grpc_api.tls.cert_pem"},
  {"grpc_api_tls_key", "grpc_api.tls.key_pem"},
  {"grpc_api_max_receive_message_size", "grpc_api.max_receive_message_size"},
  {"log_level", "log.level"},
  {"log_file", "log.file"},
  {"shutdown_timeout", "shutdown.timeout"},
});

// Groups of today that were switches.
constexpr auto switches = std::to_array<std::string_view>(
  {"http_stream", "sse", "uni_websocket", "uni_http_stream", "uni_sse",
   "health", "prometheus", "swagger", "grpc_api"});

// After `redis_` or `redis_sentinel_`, where that is not just a key of today.
constexpr auto tls = std::to_array<renaming>({
  {"tls", "tls.enabled"},
  {"tls_cert", "tls.cert_pem"},
  {"tls_cert_pem", "tls.cert_pem"},
  {"tls_key", "tls.key_pem"},
  {"tls_key_pem", "tls.key_pem"},
  {"tls_root_ca", "tls.server_ca_pem"},
  {"tls_root_ca_pem", "tls.server_ca_pem"},
  {"tls_client_ca", "tls.client_ca_pem"},
  {"tls_client_ca_pem", "tls.client_ca_pem"},
  {"tls_server_name", "tls.server_name"},
  {"tls_insecure_skip_verify", "tls.insecure_skip_verify"},
  {"tls_skip_verify", "tls.insecure_skip_verify"},
});

// Where a flat key of Redis is now, below the group of Redis.
std::optional<std::string> redis_key(std::string_view name) {
  constexpr std::string_view begin = "redis_";
  if (!name.starts_with(begin))
    return std::nullopt;
  name.remove_prefix(begin.size());
  constexpr std::string_view sentinel = "sentinel_";
  auto of_sentinel = name.starts_with(sentinel);
  auto rest = of_sentinel ? name.substr(sentinel.size()) : name;
  auto i = std::ranges::find(tls, rest, &renaming::old);
  if (i == tls.end())
    return std::string{name};
  return std::string{of_sentinel ? sentinel : ""} + std::string{i->now};
}

class renamer {
public:
  explicit renamer(const std::string& origin) : origin_{origin} {}

  renamed_file run(const json::object& file) && {
    for (const auto& [key, value] : file) {
      auto name = std::string{key.data(), key.size()};
      auto old_group = name == "redis_active_status";
      if ((old_group || name == "user_status") && value.is_object())
        statuses(name, value.get_object(), old_group);
      else if (auto now = new_name(name, value))
        moved_.push_back({name, *now, value});
      else
        out_.tree[key] = value;
    }
    // Last, so that the order of the file does not matter.
    for (auto& [old, now, value] : moved_)
      move(old, now, std::move(value));
    return std::move(out_);
  }

private:
  struct moved {
    std::string old;
    std::string now;
    json::value value;
  };

  static std::optional<std::string> new_name(const std::string& name,
                                             const json::value& value) {
    if (auto i = std::ranges::find(flat, name, &renaming::old); i != flat.end())
      return std::string{i->now};
    if (!value.is_object()
        && std::ranges::find(switches, name) != switches.end())
      return name + ".enabled";
    if (name == "engine" && !value.is_object())
      return "engine.type";
    if (auto key = redis_key(name))
      return "engine.redis." + *key;
    return std::nullopt;
  }

  void statuses(const std::string& group, const json::object& members,
                bool old_group) {
    auto& out = out_.tree["user_status"];
    if (!out.is_object())
      out = json::object{};
    for (const auto& [key, value] : members) {
      auto name = std::string{key.data(), key.size()};
      auto old = group + '.' + name;
      if (name == "use_redis_from_engine")
        moved_.push_back({old, "user_status.redis.reuse_from_engine", value});
      else if (auto redis = redis_key(name))
        moved_.push_back({old, "user_status.redis." + *redis, value});
      else if (old_group)
        moved_.push_back({old, "user_status." + name, value});
      else
        out.get_object()[key] = value;
    }
  }

  void move(const std::string& old, const std::string& now,
            json::value&& value) {
    auto about = origin_ + ": " + old + ": is now called " + now;
    auto group = &out_.tree;
    std::string_view rest = now;
    for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
      auto& inner = (*group)[rest.substr(0, dot)];
      if (inner.is_null())
        inner = json::object{};
      if (!inner.is_object())
        return; // wrong already, and said so where it is read
      group = &inner.get_object();
      rest.remove_prefix(dot + 1);
    }
    if (group->contains(rest)) {
      out_.warnings.push_back(about + ", which is there too: ignored");
      return;
    }
    (*group)[rest] = std::move(value);
    out_.old_names.emplace(now, old);
    out_.warnings.push_back(about);
  }

  std::string origin_;
  renamed_file out_;
  std::vector<moved> moved_;
};

} // namespace

renamed_file with_new_names(const json::object& file,
                            const std::string& origin) {
  return renamer{origin}.run(file);
}

} // namespace lastseen::config
