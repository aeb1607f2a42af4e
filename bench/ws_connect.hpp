#pragma once

#include "bench/loopback.hpp"
#include "status/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::bench {

/// What a load says to a reply that is not the right one.
error bad_reply(std::string_view expected, std::string_view got);

/// Upgrades a connection to `/connection/websocket`. Returns what came behind
/// the answer.
result<std::string> ws_upgrade(int fd, bool protobuf);

/// How far a stranger's connection comes.
enum class stranger : std::uint8_t { says_nothing, upgrades };

/// Connections of nobody: they send no `connect`. Those that upgrade are
/// answered before this returns.
result<std::vector<descriptor>>
ws_strangers(std::uint16_t port, std::size_t connections, stranger kind);

} // namespace lastseen::bench
