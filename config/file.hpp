#pragma once

#include "status/error.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lastseen::config {

/// Reads a file of at most 1 MiB.
/// @returns nothing when there is no such file; `ec::bad_config` when it
/// cannot be read or is larger.
result<std::optional<std::string>> read_file(const std::string& path);

/// Parses the text of a configuration file: YAML if its name ends with `.yaml`
/// or `.yml`, TOML if it ends with `.toml`, else JSON. See `parse_json`.
result<boost::json::object> parse_file(std::string_view text,
                                       const std::string& name);

} // namespace lastseen::config
