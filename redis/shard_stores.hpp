#pragma once

#include "config/config.hpp"
#include "status/merge.hpp"
#include "status/node_registry.hpp"
#include "status/store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace lastseen::redis {

struct shard_stores {
  /// One per lane of each shard, shard by shard.
  std::vector<std::shared_ptr<store>> lanes;
  /// Those of `previous_address` that are no shard's any more. To be opened and
  /// closed as the others are.
  std::vector<std::shared_ptr<store>> former;
  /// Where nodes know of each other: the first shard's.
  std::shared_ptr<node_registry> nodes;
};

/// Makes the stores that the configuration names; every lane has connections of
/// its own. A server that is in both lists gets one store a lane. Each store
/// gets a context by `next_context`, see `make_store`.
/// @returns `ec::bad_config` where a certificate cannot be used.
result<shard_stores> make_shard_stores(
  const config::redis& from, std::size_t lanes, const retention& keep,
  const std::function<boost::asio::io_context&()>& next_context);

} // namespace lastseen::redis
