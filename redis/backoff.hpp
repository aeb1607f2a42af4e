#pragma once

#include <chrono>
#include <cstdint>

namespace lastseen::redis {

/// How long to wait before the next attempt to connect: 20 ms, doubled by each
/// failure up to 500 ms, plus up to a quarter so that the nodes of a service
/// do not come back all at once.
class backoff {
public:
  using duration = std::chrono::milliseconds;
  static constexpr duration first{20};
  static constexpr duration last{500};

  /// The next wait. `random` is any number, evenly distributed.
  duration next(std::uint32_t random) noexcept {
    auto wait = wait_;
    wait_ = wait_ * 2 < last ? wait_ * 2 : last;
    return wait + duration{random % (wait.count() / 4 + 1)};
  }

  /// The connection was good.
  void reset() noexcept {
    wait_ = first;
  }

private:
  duration wait_ = first;
};

} // namespace lastseen::redis
