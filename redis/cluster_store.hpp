#pragma once

#include "redis/cluster.hpp"
#include "status/store.hpp"

#include <memory>

namespace lastseen::redis {

/// A store on a Redis Cluster (6.2 or later), one connection to each master;
/// also a `node_registry`.
/// Handlers are called on the thread of `context`, or on the caller's when that
/// is it. The link is up while any master can be reached.
///
/// REQUIRES: one thread runs `context`, which outlives the store.
std::unique_ptr<store> make_cluster_store(boost::asio::io_context& context,
                                          cluster_options options);

} // namespace lastseen::redis
