#pragma once

#include "status/counter.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace lastseen {

class transport;

/// What all connections together may keep of bytes that came and cannot be used
/// yet: headers, bodies and frames in part. When it is more, the connection
/// that keeps most is closed. From any thread; outlives the connections.
class receive_budget {
public:
  static constexpr std::size_t usual_limit = std::size_t{64} * 1024 * 1024;

  /// Less than that of one connection is not counted, so that frames which are
  /// cut by chance cost nothing.
  static constexpr std::size_t least = 1024;

  explicit receive_budget(std::size_t limit = usual_limit) noexcept
    : limit_{limit} {}

  /// `who` keeps `after` bytes now, and kept `before` until now; at its end it
  /// keeps none. Called on its thread.
  void keep(transport& who, std::size_t before, std::size_t after);

  /// Connections that were closed.
  counter overflows;

private:
  std::size_t limit_;
  std::mutex lock_; // of what follows
  std::size_t kept_ = 0;
  std::map<std::pair<std::size_t, transport*>, std::weak_ptr<transport>> by_;
};

} // namespace lastseen
