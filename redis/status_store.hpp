#pragma once

#include "config/redis_address.hpp"
#include "redis/tls.hpp"
#include "status/merge.hpp"
#include "status/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace lastseen::redis {

struct store_options {
  /// The server, with its timeouts: `connect_timeout` bounds finding and
  /// reaching it, `io_timeout` the answer to one command.
  config::redis_address address;
  /// Keys are `<prefix>.user_status.<user>`.
  std::string prefix = "lastseen";
  /// Shown by CLIENT LIST; empty: none.
  std::string client_name;
  /// How to encrypt; needed where `address.tls` is set, and where it is set of
  /// a sentinel.
  std::shared_ptr<redis::tls> tls;
  std::shared_ptr<redis::tls> sentinel_tls;
  /// As `client_name`, to the sentinels.
  std::string sentinel_client_name;
  retention keep;
  /// A batch with an update that is waited for must be on so many replicas.
  std::uint32_t wait_replicas = 0;
};

/// A store on one Redis server (6.2 or later), over one connection; also a
/// `node_registry`. Handlers
/// are called on the thread of `context`, or on the caller's when that is it.
/// `open`'s handler also hears of every attempt to connect that fails.
///
/// Limits: at most 4096 users a batch, for Lua's stack; callers should read no
/// more than 1000 users at once, since a command keeps all others waiting.
///
/// Errors of a call: `unavailable` (no connection, or it ended), `not_ready`
/// and `rejected` (see `meaning`), `stopped` (after `close`).
///
/// REQUIRES: one thread runs `context`, which outlives the store.
std::unique_ptr<store> make_store(boost::asio::io_context& context,
                                  store_options options);

} // namespace lastseen::redis
