#pragma once

#include "redis/reply.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What the nodes of a Cluster say about who serves what. Pure.
namespace lastseen::redis {

/// Where a node says that it, or another one, can be reached.
struct endpoint {
  /// A name or an IP address, IPv6 without brackets.
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
  friend bool operator<(const endpoint& a, const endpoint& b) {
    return std::tie(a.host, a.port) < std::tie(b.host, b.port);
  }
};

/// Slots that a master serves.
struct slot_range {
  std::uint16_t first = 0;
  /// The last one, included.
  std::uint16_t last = 0;
  endpoint master;
  std::vector<endpoint> replicas;
};

/// The reply to CLUSTER SLOTS, of Redis 6.2 or later; nothing when it is none.
/// A node may leave a host out (null, empty or `?`): it is `asked`, the host
/// that was asked, then. Empty where no slot is assigned.
std::optional<std::vector<slot_range>> parse_slots(const reply& text,
                                                   std::string_view asked);

/// The error replies by which a node sends a command elsewhere:
///
///     MOVED 3999 127.0.0.1:6381    it is served there, for good
///     ASK 3999 127.0.0.1:6381      this once, after ASKING
struct redirect {
  bool ask = false;
  std::uint16_t slot = 0;
  endpoint to;
};

/// A redirect; nothing when the error is another one, or malformed.
std::optional<redirect> parse_redirect(std::string_view error,
                                       std::string_view asked);

} // namespace lastseen::redis
