#pragma once

#include "status/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace lastseen::config {

/// Parses the text of a configuration file in TOML 1.0. Dates and times are not
/// allowed, since no key has one. Errors as those of `parse_json`.
result<boost::json::object> parse_toml(std::string_view text,
                                       const std::string& name);

} // namespace lastseen::config
