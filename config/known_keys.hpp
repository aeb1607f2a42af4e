#pragma once

#include <boost/json/fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The table of keys, asked in other ways by those who load them.
namespace lastseen::config {

/// Whether some key is below that path.
bool is_group(std::string_view path);

/// `engine.redis.db` and `user_status.redis.db` mean the same field: the path
/// of the latter. What is not below `engine.redis` is left as it is.
std::string without_engine(std::string_view path);

/// The paths of all keys and groups.
std::vector<std::string> known_paths();

/// `; did you mean log.level?`, or nothing.
std::string suggestion(std::string_view x, std::span<const std::string> known);

/// The key of the list, empty when it is not there.
std::string_view find(std::span<const std::string_view> keys,
                      std::string_view x);

/// Switches of Centrifugo for what is left out here, that have flags there.
std::span<const std::string_view> foreign_switches();

/// Whether a value switches nothing on: false, zero, empty.
bool is_off(const boost::json::value& x);
bool is_off(std::string_view x);

} // namespace lastseen::config
