#pragma once

#include "status/store.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace lastseen {

/// What a store told of its link and its shard's status actor has not heard
/// yet. A message would be lost with an actor that dies, and the store says
/// each thing once. From any thread.
class link_news {
public:
  void add(store_link x) {
    std::lock_guard guard{mutex_};
    untold_.push_back(std::move(x));
  }

  /// All that was added since the last call, in its order.
  std::vector<store_link> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(untold_, {});
  }

private:
  std::mutex mutex_;
  std::vector<store_link> untold_;
};

} // namespace lastseen
