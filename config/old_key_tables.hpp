#pragma once

#include <array>
#include <string_view>

/// What keys were called before version 6 of Centrifugo.
namespace lastseen::config {

struct renaming {
  std::string_view old;
  std::string_view now;
};

/// At the top of the file.
inline constexpr auto old_flat_keys = std::to_array<renaming>({
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
  {"grpc_api_tls_cert_pem", "grpc_api.tls.cert_pem"},
  {"grpc_api_tls_key", "grpc_api.tls.key_pem"},
  {"grpc_api_tls_key_pem", "grpc_api.tls.key_pem"},
  {"grpc_api_tls_client_ca", "grpc_api.tls.client_ca_pem"},
  {"grpc_api_tls_client_ca_pem", "grpc_api.tls.client_ca_pem"},
  {"grpc_api_max_receive_message_size", "grpc_api.max_receive_message_size"},
  {"log_level", "log.level"},
  {"log_file", "log.file"},
  {"shutdown_timeout", "shutdown.timeout"},
});

/// Groups of today that were switches.
inline constexpr auto old_switches = std::to_array<std::string_view>(
  {"http_stream", "sse", "uni_websocket", "uni_http_stream", "uni_sse",
   "health", "prometheus", "swagger", "grpc_api"});

/// After `redis_` or `redis_sentinel_`, where that is not just a key of today.
inline constexpr auto old_tls_keys = std::to_array<renaming>({
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

} // namespace lastseen::config
