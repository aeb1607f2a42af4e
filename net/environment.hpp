#pragma once

#include "actors/connection.hpp"
#include "actors/shard_gauge.hpp"
#include "actors/status_shard.hpp"
#include "config/config.hpp"
#include "net/auth/authenticator.hpp"
#include "net/connection_gate.hpp"
#include "net/counters.hpp"
#include "net/emulation_sessions.hpp"
#include "net/handed_sockets.hpp"
#include "net/log.hpp"
#include "net/node_info.hpp"
#include "net/receive_budget.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
} // namespace re2

namespace lastseen {

/// A lane of a shard as `/metrics` and `/ready` look at it, from any thread.
struct shard_view {
  std::shared_ptr<const status_shard> shard; // its counters and name only
  std::shared_ptr<const shard_gauge> gauge;
};

/// Limits that can change while the service runs, named as their keys.
struct live_limits {
  std::atomic<std::size_t> max_body_size;
  std::atomic<std::size_t> message_size_limit;
  std::atomic<std::size_t> decompressed_message_size_limit;
  std::atomic<std::chrono::milliseconds> write_timeout;
  std::atomic<std::size_t> queue_max_size;
  std::atomic<std::size_t> max_users_per_request;
  /// `max_request_body_size` of each of them.
  std::atomic<std::size_t> http_stream;
  std::atomic<std::size_t> sse;
  std::atomic<std::size_t> emulation;
  std::atomic<std::size_t> uni_http_stream;
  std::atomic<std::size_t> uni_sse;
};

/// What all sessions of a node share. It outlives them and the I/O threads;
/// what is not atomic does not change while the service runs.
struct environment {
  config::settings settings;
  std::shared_ptr<lastseen::directory> directory;
  std::shared_ptr<const re2::RE2> state_regex; // null: any state
  /// Of new clients; see `reload`. Never null.
  std::atomic<std::shared_ptr<const connection_env>> connections = {};
  live_limits live = {};
  /// Those of today; see `reload`. Never null.
  std::atomic<std::shared_ptr<const std::vector<std::string>>> api_keys = {};
  /// Those of gRPC. Without one there is no check.
  std::atomic<std::shared_ptr<const std::vector<std::string>>> grpc_keys = {};
  node_identity node;
  std::vector<shard_view> shards = {}; // lane by lane

  /// The service stops: no new calls and clients.
  std::atomic<bool> stopping{false};
  /// Calls of the server API without an answer.
  std::atomic<std::size_t> calls{0};
  /// Messages that wait for the API actor, as of the last one it handled.
  std::atomic<std::size_t> api_mailbox{0};
  /// Whether one more client may come.
  connection_gate gate{};
  /// Users with a client connection.
  user_count connected_users{};
  /// What connections of one user share, as far as it is limited.
  user_registry users{};
  authenticator tokens{};
  /// Clients that send by `/emulation`.
  emulation_sessions emulation;
  /// Client connections, with or without a user.
  std::atomic<std::size_t> clients{0};
  /// HTTP connections that did not become client connections.
  std::atomic<std::size_t> http_connections{0};
  /// Connections of the server API over gRPC.
  handed_sockets grpc_connections{};
  /// How often accepting paused, for want of files or because there were too
  /// many connections.
  counter accept_pauses{};
  /// Of requests and frames in part.
  receive_budget received{};
  log_limit accept_log{};
  /// TLS connections that did not come about.
  counter handshake_failures{};
  log_limit handshake_log{};

  per_thread<lastseen::client_counters> client_counters{};
  per_thread<lastseen::http_counters> http_counters{};
  /// Of calls that failed at a store.
  log_limit failure_log{};
  /// Of the server API over HTTP.
  lastseen::api_counters api_counters{};
  /// And over gRPC.
  lastseen::api_counters grpc_api_counters{};
  grpc_counters grpc_responses{};
};

/// Puts the keys that `config::reload` takes in force, but for certificates
/// and the log. Limits of a connection are those of when it came. From the main
/// thread. REQUIRES: the settings are valid. Errors: `ec::bad_config`, of
/// `client.token`, with nothing changed.
result<void> reload(environment& env, const config::settings& settings);

/// Makes the environment of a node. REQUIRES: the settings are valid. Errors:
/// `ec::bad_config`, of `client.token`.
result<std::unique_ptr<environment>>
make_environment(const config::settings& settings,
                 std::shared_ptr<lastseen::directory> actors);

} // namespace lastseen
