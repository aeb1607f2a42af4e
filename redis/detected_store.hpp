#pragma once

#include "redis/status_store.hpp"
#include "status/store.hpp"

#include <memory>

namespace lastseen::redis {

/// A store on what turns out to be at an address: the server, or the Cluster
/// that it is a node of. That is asked once, over the first connection that
/// comes about: by an `MGET` of two keys of different slots, which no node of
/// a Cluster answers. Otherwise as `make_store`, or as `make_cluster_store`
/// with the server as the seed.
///
/// Limits: with a hash tag in the prefix all keys are of one slot, and only a
/// node that does not serve it is found to be one.
///
/// REQUIRES: the address is that of a server.
std::unique_ptr<store> make_detected_store(boost::asio::io_context& context,
                                           store_options options);

} // namespace lastseen::redis
