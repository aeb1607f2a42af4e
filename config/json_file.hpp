#pragma once

#include "status/error.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lastseen::config {

/// Parses the text of a configuration file: one JSON object, strictly, keys
/// distinct, at most 32 levels deep. Nothing but white space is an empty
/// object.
/// @returns `ec::bad_config` with `name`, line and column (in characters, both
/// from 1) of what is wrong; never with a piece of the text but keys.
result<boost::json::object> parse_json(std::string_view text,
                                       const std::string& name);

/// Reads a file of at most 1 MiB.
/// @returns nothing when there is no such file; `ec::bad_config` when it
/// cannot be read or is larger.
result<std::optional<std::string>> read_file(const std::string& path);

} // namespace lastseen::config
