#pragma once

#include "status/clock.hpp"

/// Times for tests of what takes time as an argument.
namespace lastseen {

/// When tests begin. Local time 0 would mean "never".
inline constexpr local_time start{std::chrono::hours{1}};

/// How far the shard's clock is ahead of the node's, in milliseconds.
inline constexpr stamp shard_offset = 1'600'000'000'000;

/// What the shard's clock shows at `t`.
constexpr stamp stamp_at(local_time t) {
  return t.time_since_epoch() / std::chrono::milliseconds{1} + shard_offset;
}

/// A look at the shard's clock whose answer came at `t`, at once. With it
/// `earliest(t)` is `stamp_at(t)`; `latest` is later by the round trip.
constexpr clock_sample
look_at_shard(local_time t, std::chrono::microseconds round_trip = {}) {
  return {t.time_since_epoch().count() + shard_offset * 1000, t - round_trip,
          t};
}

} // namespace lastseen
