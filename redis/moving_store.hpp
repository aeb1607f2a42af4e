#pragma once

#include "status/store.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace lastseen::redis {

/// A shard of a list of shards that has just changed: `current` is its store,
/// `previous` are the stores of the whole list before, in order. A user whose
/// shard there was another store has *moved*:
///
/// - a read asks both shards and joins their records. A delete that only the
///   previous shard knows is carried over;
/// - a batch goes to both. What the previous shard has and the current one has
///   not is then carried over, the delete included; only after that the user
///   counts as acknowledged. Where there is nothing to carry, nothing is
///   written;
/// - one that was written is watched for deletes by nodes with the previous
///   list (`delete_watch`), on the thread of `context`.
///
/// So a node without the previous list, which knows the previous shard only,
/// and one with it see each other's updates; docs/redis.md says what holds
/// when. Stamps are those of the current shard's clock; each server cuts them
/// at its own time.
///
/// Name, link and clock are those of `current`. A previous shard that is away
/// fails its moved users only; that it refuses a write (`rejected`) fails the
/// batch.
///
/// `open` and `close` are passed on to `current`, which therefore may be in
/// both lists, and even be another shard's `current`; who calls opens and
/// closes those of `previous` that are nobody's `current`. `close` is done once
/// all stores have answered.
///
/// REQUIRES: `previous` is not empty; one thread runs `context`.
std::unique_ptr<store>
make_moving_store(boost::asio::io_context& context,
                  std::shared_ptr<store> current,
                  std::vector<std::shared_ptr<store>> previous,
                  std::chrono::milliseconds delete_guard);

} // namespace lastseen::redis
