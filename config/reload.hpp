#pragma once

#include "config/config.hpp"

#include <string_view>
#include <vector>

namespace lastseen::config {

/// What of a new configuration can be put in force.
struct reloaded {
  /// The running settings with the new values of all keys that can change.
  struct settings settings;
  /// The other keys whose values are new: they take a restart.
  std::vector<std::string_view> kept;
};

reloaded reload(const settings& running, const settings& next);

} // namespace lastseen::config
