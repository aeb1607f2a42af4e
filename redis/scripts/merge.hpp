#pragma once

#include <string_view>

namespace lastseen::redis {

/// The text of merge.lua, put into the program at build time; what it takes
/// and returns is written at its top.
extern const std::string_view merge_script;

} // namespace lastseen::redis
