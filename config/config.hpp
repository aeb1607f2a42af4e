#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The whole configuration as one tree of plain structs; the defaults here are
/// the defaults. Names are the keys of the file, nesting included. What each
/// key does is documented in `config/fields.cpp`, from which
/// docs/configuration.md is generated.
namespace lastseen::config {

using milliseconds = std::chrono::milliseconds;

/// How a listener encrypts its connections. PEM values as in `tls`.
struct server_tls {
  bool enabled = false;
  /// What clients are shown; not empty when it is enabled.
  std::string cert_pem;
  std::string key_pem;
  /// Who signs the certificates of clients, which must show one; empty: none
  /// is asked for.
  std::string client_ca_pem;
};

struct http_server {
  /// Empty: all interfaces.
  std::string address;
  std::uint16_t port = 8000;
  /// Bytes; a larger request body is answered with 413.
  std::size_t max_body_size = 8 * 1024 * 1024;
  struct server_tls tls;
  /// `tls` is not for the internal listener.
  bool tls_external = false;
  /// Where the server API and monitoring are, apart from clients. Empty, 0: as
  /// those above; both: there is one listener.
  std::string internal_address;
  std::uint16_t internal_port = 0;
  /// Of the internal listener, instead of `tls`.
  struct server_tls internal_tls;
};

struct http_api {
  /// Without a key here or in `keys`: 401 to every call unless `insecure`.
  std::string key;
  /// More keys that are as good.
  std::vector<std::string> keys;
  bool insecure = false;
  /// Served beside clients, not by the internal listener.
  bool external = false;
  std::string handler_prefix = "/api";
  /// `transport`: errors are in the HTTP status, too. Empty: only in the body.
  std::string error_mode;
};

/// The server API over gRPC.
struct grpc_api {
  bool enabled = false;
  /// Empty: all interfaces.
  std::string address;
  /// 0: any free one.
  std::uint16_t port = 10000;
  /// Without a key here or in `keys`, none is asked for.
  std::string key;
  /// More keys that are as good.
  std::vector<std::string> keys;
  /// Whether others than this machine may call without a key.
  bool insecure = false;
  bool reflection = false;
  bool health = false;
  /// `transport`: errors are in the status. Empty: in the response.
  std::string error_mode;
  /// Bytes; 0: `http_server.max_body_size`.
  std::size_t max_receive_message_size = 0;
  struct server_tls tls;
};

/// Keys of connection tokens; an empty one refuses tokens of its kind.
struct client_token {
  std::string hmac_secret_key = {};
  std::string hmac_previous_secret_key = {};
  /// Unix seconds; 0: for ever.
  std::uint32_t hmac_previous_secret_key_valid_until = 0;
  /// PEM.
  std::string rsa_public_key = {};
  std::string ecdsa_public_key = {};
  std::string eddsa_public_key = {};
  /// `http://` or `https://`; empty: none. Instead of the keys above.
  std::string jwks_public_endpoint = {};
  /// Empty: `sub`.
  std::string user_id_claim = {};
  /// Empty: not looked at. RE2, unanchored, for the regular expressions.
  std::string audience = {};
  std::string audience_regex = {};
  std::string issuer = {};
  std::string issuer_regex = {};
};

/// How often something may happen.
struct rate {
  /// 0: no limit.
  std::uint32_t per_second = 0;
  std::uint32_t burst = 200;
};

/// What is over a limit is answered with error 111.
struct rate_limit {
  /// Of one connection: all commands, and calls of `update_user_status`.
  rate client_command;
  rate client_update_user_status{100, 200};
  /// Of all connections of one user to this node.
  rate user_command;
  rate user_update_user_status;
};

struct client {
  client_token token;
  bool insecure = false;
  bool allow_anonymous_connect_without_token = false;
  bool disallow_anonymous_connection_tokens = false;
  /// Empty: none.
  std::string user_id_http_header;
  std::vector<std::string> allowed_origins;
  /// The connect reply says what time it is here.
  bool connect_include_server_time = false;
  milliseconds ping_interval = std::chrono::seconds{25};
  milliseconds pong_timeout = std::chrono::seconds{8};
  milliseconds stale_close_delay = std::chrono::seconds{10};
  milliseconds expired_close_delay = std::chrono::seconds{25};
  /// Bytes of output waiting for one client.
  std::size_t queue_max_size = 1024 * 1024;
  /// 0: the process's open files less 256.
  std::size_t connection_limit = 0;
  /// A second; 0: no limit.
  std::uint32_t connection_rate_limit = 0;
  /// Of one user to this node; 0: no limit.
  std::size_t user_connection_limit = 0;
  struct rate_limit rate_limit;
};

struct websocket {
  std::string handler_prefix = "/connection/websocket";
  /// Bytes of one message.
  std::size_t message_size_limit = 65536;
  /// Messages may be compressed (permessage-deflate) where a client offers it.
  bool compression = false;
  /// Bytes; smaller messages are sent as they are.
  std::size_t compression_min_size = 0;
  /// From 1, the fastest, to 9.
  std::uint16_t compression_level = 1;
  /// Bytes that a compressed message may stand for; 0: ten times
  /// `message_size_limit`.
  std::size_t decompressed_message_size_limit = 0;
  /// How long a client, of any transport, may take none of what waits for it.
  milliseconds write_timeout = std::chrono::seconds{1};
};

/// A transport whose messages are one endless HTTP response.
struct stream {
  bool enabled = false;
  std::string handler_prefix;
  std::size_t max_request_body_size = 65536;
};

struct uni_websocket {
  bool enabled = false;
  std::string handler_prefix = "/connection/uni_websocket";
};

struct emulation {
  std::string handler_prefix = "/emulation";
  std::size_t max_request_body_size = 65536;
};

/// How to encrypt connections to a server. A PEM value is the text itself, its
/// base64, or the path of a file.
struct tls {
  bool enabled = false;
  /// Whom to trust; empty: the system's certificate authorities.
  std::string server_ca_pem;
  /// Our own certificate and its key; empty: none is shown.
  std::string cert_pem;
  std::string key_pem;
  /// The name that the certificate must have; empty: the host of the address.
  std::string server_name;
  bool insecure_skip_verify = false;
};

struct redis {
  /// One entry per shard; empty: `127.0.0.1:6379`.
  std::vector<std::string> address;
  /// The list before the last change of `address`; empty: no change.
  std::vector<std::string> previous_address;
  std::string prefix = "lastseen";
  std::string user;
  std::string password;
  std::uint32_t db = 0;
  std::string client_name;
  milliseconds connect_timeout = std::chrono::seconds{1};
  milliseconds io_timeout = std::chrono::seconds{4};
  struct tls tls;
  /// An update of the server API is answered once so many replicas have it.
  std::uint32_t wait_replicas = 0;
  /// One entry per shard: its sentinels, with commas between. Instead of
  /// `address`.
  std::vector<std::string> sentinel_address;
  /// How the sentinels call the master of each of these shards.
  std::string sentinel_master_name;
  std::string sentinel_user;
  std::string sentinel_password;
  std::string sentinel_client_name;
  struct tls sentinel_tls;
  /// One entry per shard: servers of its Cluster, with commas between. Instead
  /// of `address` and `sentinel_address`.
  std::vector<std::string> cluster_address;
  /// What is not given here is taken from `engine.redis`.
  bool reuse_from_engine = false;
};

struct embedded {
  /// `:memory:` keeps nothing.
  std::string path = "lastseen.db";
};

struct user_status {
  bool enabled = true;
  milliseconds expire_interval = std::chrono::hours{744};
  milliseconds online_interval = std::chrono::seconds{20};
  milliseconds debounce_interval = std::chrono::seconds{1};
  milliseconds flush_interval{5};
  std::size_t max_batch = 512;
  milliseconds timeout = std::chrono::seconds{4};
  std::size_t max_pending_users = 1'000'000;
  std::size_t max_users_per_request = 10'000;
  milliseconds delete_guard = std::chrono::hours{1};
  /// Status actors per shard; `load` raises the default where a shard is a
  /// Cluster.
  std::size_t lanes = 1;
  /// RE2, unanchored; empty: any state.
  std::string state_regex;
  bool disable_for_client = false;
  struct redis redis;
  struct embedded embedded;
};

struct server {
  /// I/O threads, which also run the actors; 0: the number of cores.
  std::size_t threads = 0;
};

struct shutdown {
  milliseconds timeout = std::chrono::seconds{30};
};

struct health {
  bool enabled = false;
  std::string handler_prefix = "/health";
};

struct prometheus {
  bool enabled = false;
  std::string handler_prefix = "/metrics";
};

struct swagger {
  bool enabled = false;
  std::string handler_prefix = "/swagger";
};

struct log {
  /// none, trace, debug, info, warn or error.
  std::string level = "info";
  /// `text` (key=value) or `json`.
  std::string format = "text";
  /// Where lines are appended; empty: to the standard output.
  std::string file;
  /// One line per HTTP request.
  bool access = false;
};

/// Which kind of store serves the statuses.
enum class store_kind : std::uint8_t { embedded, redis };

struct settings {
  struct http_server http_server;
  struct http_api http_api;
  struct grpc_api grpc_api;
  struct client client;
  struct websocket websocket;
  struct stream http_stream {
    .handler_prefix = "/connection/http_stream"
  };
  struct stream sse {
    .handler_prefix = "/connection/sse"
  };
  struct emulation emulation;
  struct uni_websocket uni_websocket;
  struct stream uni_http_stream {
    .handler_prefix = "/connection/uni_http_stream"
  };
  struct stream uni_sse {
    .handler_prefix = "/connection/uni_sse"
  };
  struct user_status user_status;
  struct server server;
  struct shutdown shutdown;
  /// Where the process ID is written; empty: nowhere.
  std::string pid_file;
  struct health health;
  struct prometheus prometheus;
  struct swagger swagger;
  struct log log;
  /// Not a key: decided by `load` from which keys were given (contract A.4).
  store_kind store = store_kind::embedded;
};

} // namespace lastseen::config
