#pragma once

#include "config/config.hpp"
#include "config/validate.hpp"
#include "status/error.hpp"

#include <optional>

namespace lastseen::config {

/// Checks that of the paths that one listener serves none hides another:
/// `ec::bad_config` names both keys.
std::optional<error> check_handler_paths(const settings& x,
                                         const origins& from);

} // namespace lastseen::config
