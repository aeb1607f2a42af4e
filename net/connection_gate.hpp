#pragma once

#include "actors/rate_limit.hpp"
#include "config/config.hpp"

#include <atomic>
#include <cstddef>
#include <limits>
#include <mutex>

namespace lastseen {

/// Decides whether one more client may come. From any thread.
class connection_gate {
public:
  /// Files that the process keeps for other things than clients, so that it
  /// can go on to reach its stores; at most half of what it may open.
  static constexpr std::size_t spare_files = 256;

  /// Sets `client.connection_limit` and `client.connection_rate_limit`, or sets
  /// them anew.
  void limit(const config::client& settings);

  /// Whether it may, with `open` client connections there.
  bool admit(std::size_t open, local_time now);

  /// Connections of all kinds that are good for the process.
  std::size_t max_connections() const noexcept {
    return max_connections_;
  }

private:
  static constexpr auto any = std::numeric_limits<std::size_t>::max();

  std::atomic<std::size_t> max_connections_ = any;
  std::atomic<std::size_t> max_clients_ = any;
  std::mutex lock_; // of those below
  rate_limit rate_;
  token_bucket bucket_;
};

} // namespace lastseen
