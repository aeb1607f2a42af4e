#pragma once

#include "redis/reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The command of the node registry and what its reply means. Pure.
///
/// The nodes are a hash, `<prefix>.nodes`: the ID of a node, and the second (by
/// the server's clock) at which it said something, a space, and what it said.
namespace lastseen::redis {

/// The key of the hash, for keys of users that begin with `keys` (see
/// `key_prefix`).
std::string nodes_key(std::string_view keys);

/// Appends the EVAL that puts one node's words and gets those of all.
void append_exchange(std::string& out, const std::string& key,
                     std::string_view id, std::string_view about);

/// The reply to it; nothing when it is none.
std::optional<std::vector<std::string>> parse_exchange(const reply& text);

} // namespace lastseen::redis
