#pragma once

#include "redis/connection.hpp"
#include "status/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace lastseen::redis {

/// What became of the copies of what was written.
enum class copies : std::uint8_t {
  /// As many replicas as wanted have it.
  made,
  /// They do not, or the server refused to say.
  missing,
  /// The server cannot be asked and may not be the master any more: it must be
  /// written again.
  unknown,
};

/// Waits, for about half a second, until so many replicas have what was written
/// over a connection before (https://redis.io/commands/wait). `done` is called
/// once, with the reason unless they have it.
///
/// WAIT holds up what is behind it on its connection, so it is asked for 50 ms
/// at most, and again.
///
/// On the connection's thread. REQUIRES: `replicas` > 0.
void wait_replicas(std::shared_ptr<connection> link, std::uint32_t replicas,
                   std::function<void(copies, error why)> done);

} // namespace lastseen::redis
