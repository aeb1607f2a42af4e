#pragma once

#include "status/error.hpp"

#include <boost/json/object.hpp>

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

} // namespace lastseen::config
