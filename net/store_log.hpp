#pragma once

#include "status/store.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lastseen {

/// What is logged of the store of a shard, which is one for all of its lanes:
/// it is up when it is for all of them. From any thread.
class store_log {
public:
  store_log(std::string store, std::size_t lanes)
    : store_(std::move(store)), up_(lanes), refuses_(lanes) {}

  /// The store of a lane came up or went down, or an attempt failed.
  void on_link(std::size_t lane, const store_link& x);

  /// It begins to refuse what it may take later; null: it takes it again.
  void on_refusal(std::size_t lane, const error* why);

private:
  std::mutex mutex_;
  std::string store_;
  std::vector<bool> up_;
  std::vector<bool> refuses_;
  std::optional<bool> told_up_;
};

} // namespace lastseen
