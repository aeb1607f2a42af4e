#pragma once

#include "status/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace lastseen::config {

/// Parses the text of a configuration file in YAML: one document, a mapping
/// with distinct keys, at most 32 levels deep and 100,000 values. Plain scalars
/// are of the types of YAML's core schema, in decimal; anchors may be used. An
/// empty document is an empty object. Errors as those of `parse_json`.
result<boost::json::object> parse_yaml(std::string_view text,
                                       const std::string& name);

} // namespace lastseen::config
