#pragma once

#include "status/error.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lastseen {

/// Where the nodes that serve the same users know of each other. A store that
/// nodes can share is one, too.
class node_registry {
public:
  using handler = std::function<void(result<std::vector<std::string>>)>;

  node_registry() = default;
  node_registry(const node_registry&) = delete;
  node_registry& operator=(const node_registry&) = delete;
  virtual ~node_registry() = default;

  /// Puts what a node says about itself in the place of what it said last, and
  /// gives what all nodes said within the last 30 seconds, by the clock of the
  /// store, its own words among them, in no order. Older ones are removed.
  /// From any thread; `done` is called exactly once, on any.
  virtual void exchange_nodes(std::string id, std::string about,
                              handler done) = 0;
};

} // namespace lastseen
