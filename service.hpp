#pragma once

#include "actors/asio_scheduler.hpp"
#include "actors/status.hpp"
#include "config/config.hpp"
#include "net/environment.hpp"
#include "net/grpc/server.hpp"
#include "net/node_announcer.hpp"
#include "net/server.hpp"
#include "net/store_log.hpp"
#include "status/store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace lastseen {

/// How a node stopped.
struct stop_report {
  /// Whether all was done by `shutdown.timeout`.
  bool in_time = true;
  /// Users whose updates the stores did not take.
  std::size_t users_lost = 0;
  /// Calls of the server API without an answer by then.
  std::size_t calls_lost = 0;
};

/// A node: stores, actors and the listener, wired together. Used on the main
/// thread.
class service {
public:
  /// REQUIRES: the settings are valid.
  explicit service(const config::settings& settings);

  /// Opens the stores and listens. Never waits for a store to answer.
  result<void> start();

  /// Puts the parts of new settings in force that can change while it runs, or
  /// none when a certificate or a key of tokens cannot be read; names the rest
  /// in the log. REQUIRES: it was started; the settings are valid.
  result<void> reload(const config::settings& settings);

  /// Stops in order: no new connections, calls in flight, clients (3001), the
  /// last flush, actors, stores, sockets. What is not done by
  /// `shutdown.timeout` is cut off; when that does not help, the process ends.
  stop_report stop();

private:
  result<void> listen();
  result<void> make_stores();
  void open_stores();
  void make_shards();
  bool drained(std::vector<status_actor>& told);
  void close_stores();

  config::settings settings_;
  std::unique_ptr<environment> env_;
  caf::actor_system_config actor_config_;
  std::unique_ptr<caf::actor_system> actors_;
  std::vector<std::shared_ptr<store>> stores_; // one per lane
  // Those of previous_address that are in `stores_` no more.
  std::vector<std::shared_ptr<store>> former_stores_;
  std::vector<std::shared_ptr<shard_gauge>> gauges_; // one per lane
  std::vector<std::shared_ptr<link_news>> links_;    // one per lane
  std::vector<std::shared_ptr<store_log>> logs_;     // one per shard
  caf::actor supervisor_;
  std::shared_ptr<node_announcer> announcer_; // null: nobody to tell
  std::unique_ptr<server> server_;
  std::unique_ptr<grpc_api::server> grpc_; // null: not served
};

} // namespace lastseen
