#pragma once

#include "status/record.hpp"

#include <cstddef>
#include <string>

/// The users that the loads know.
namespace lastseen::bench {

/// The users that `fill` puts into Redis. What the service must answer for one
/// follows from its number alone.
struct population {
  std::size_t size = 1'000'000;
  /// When user 0 was active, in milliseconds since the epoch. Each next one was
  /// active a millisecond later and online a minute after that.
  stamp base = 0;

  /// REQUIRES: `number` < `size`, here and below.
  std::string name(std::size_t number) const;

  record status(std::size_t number) const;

  /// The user as `get_user_status` answers it (contract B.1).
  std::string json(std::size_t number) const;
};

/// The user of a WebSocket connection; not one of the population.
std::string connected_user(std::size_t connection);

} // namespace lastseen::bench
