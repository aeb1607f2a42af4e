#pragma once

#include "status/clock.hpp"
#include "status/node_registry.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lastseen {

struct environment;

/// Which node this is.
struct node_identity {
  /// A UUID, made at the start.
  std::string uid;
  /// `<host>_<port>`.
  std::string name;
  local_time started;
  /// Where other nodes are found; null: there are none.
  std::shared_ptr<node_registry> others = nullptr;
};

node_identity make_node_identity(std::uint16_t port);

/// What `info` says of this node, an object of JSON (contract.md B.2.8).
std::string describe_node(const environment& env);

/// The descriptions of all nodes, this one's included, in the order of their
/// text. Errors: the registry cannot be asked. `done` is called exactly once,
/// on any thread.
void list_nodes(const environment& env, node_registry::handler done);

} // namespace lastseen
