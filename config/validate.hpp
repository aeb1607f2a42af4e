#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::config {

/// Where the value of each given key came from, for messages: `file
/// config.json`, `environment LASTSEEN_LOG_LEVEL`, `flag --log.level`. A key
/// that is not here has its default. Keys are those of the table.
using origins = std::map<std::string_view, std::string>;

/// Checks every value on its own, and the values against each other.
/// @returns what is allowed but looks wrong, a line each; `ec::bad_config` with
/// one line that names a key, its value, where that came from and what is
/// allowed. Neither ever holds a secret.
result<std::vector<std::string>> validate(const settings& x,
                                          const origins& from = {});

/// Where a key's value came from; `default` if it was not given.
std::string origin_of(std::string_view key, const origins& from);

/// The error of a key: `<key> = <value> (<origin>): must be <allowed>`.
error bad_value(std::string_view key, const std::string& value,
                const std::string& origin, const std::string& allowed);

} // namespace lastseen::config
