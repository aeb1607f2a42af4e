#pragma once

#include "actors/interfaces.hpp"
#include "status/jump_hash.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

namespace lastseen {

/// Where the status actors and the API actor are. An actor that died is
/// replaced here by its successor, so nobody keeps handles of his own. Reading
/// is lock-free and from any thread.
class directory {
public:
  explicit directory(std::size_t shards, std::size_t lanes = 1)
    : map_{shards, lanes}, status_(map_.size()) {}

  const lane_map& map() const noexcept {
    return map_;
  }

  /// The status actor of a lane. REQUIRES: it was set.
  const status_actor& status(std::size_t lane) const noexcept {
    return *status_[lane].load(std::memory_order_acquire);
  }

  /// The status actor of a user.
  const status_actor& status_of(std::string_view user) const noexcept {
    return status(map_.lane_of(user));
  }

  /// REQUIRES: it was set.
  const api_actor& api() const noexcept {
    return *api_.load(std::memory_order_acquire);
  }

  void set_status(std::size_t lane, status_actor x) {
    status_[lane].store(keep(status_handles_, std::move(x)),
                        std::memory_order_release);
  }

  void set_api(api_actor x) {
    api_.store(keep(api_handles_, std::move(x)), std::memory_order_release);
  }

  /// Lets go of all handles. REQUIRES: nobody reads any more.
  void clear() {
    status_handles_.clear();
    api_handles_.clear();
  }

private:
  // Replaced handles stay until the end: somebody may be reading one. Restarts
  // are rare and spaced by the supervisor.
  template <class T>
  const T* keep(std::deque<T>& handles, T x) {
    std::lock_guard guard{mutex_};
    return &handles.emplace_back(std::move(x));
  }

  lane_map map_;
  std::mutex mutex_;
  std::deque<status_actor> status_handles_;
  std::deque<api_actor> api_handles_;
  std::vector<std::atomic<const status_actor*>> status_;
  std::atomic<const api_actor*> api_{nullptr};
};

} // namespace lastseen
