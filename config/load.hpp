#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen::config {

/// Where settings come from, the later over the earlier.
struct sources {
  /// Of JSON, or of YAML or TOML by its ending. When there is none, that is
  /// only a warning. Keys may be those of older versions: see old_keys.hpp.
  std::string path = "config.json";
  /// Whether `path` was asked for, by `--config`.
  bool path_given = false;
  /// A file of variables, under those of the environment: see env_file.hpp.
  /// Empty, or none there: nothing.
  std::string env_file = {};
  /// Those of both files that were there before: that one is gone is an error.
  std::vector<std::string> expected = {};
  /// Variables `LASTSEEN_…`; others are ignored. Empty counts as unset.
  std::map<std::string, std::string> environment;
  /// Keys with their values, without the dashes; of equal keys the last counts.
  std::vector<std::pair<std::string, std::string>> flags;
};

/// A configuration that is valid.
struct loaded {
  /// `store` is decided; with Redis `user_status.redis.address` is not empty.
  struct settings settings;
  /// The files that were there.
  std::vector<std::string> files;
  /// What is allowed but looks wrong, a line each, without secrets.
  std::vector<std::string> warnings;
  /// Which store is used and why, one line.
  std::string store_note;
};

/// Reads, merges and checks all settings, and decides which store is used:
/// Redis when `user_status.enabled` is given as true or any
/// `user_status.redis.*` is given, else the embedded store;
/// `user_status.embedded.path` means the embedded store in any case (contract
/// A.4).
/// @returns `ec::bad_config` with one line that names the key, where its value
/// came from, the value unless it is secret, and what is allowed.
result<loaded> load(const sources& from);

/// Where the program looks for `sources::env_file`.
inline constexpr std::string_view env_file_name = ".env";

/// The variables `LASTSEEN_…` of an environment such as `environ`. REQUIRES:
/// `variables` ends with a null pointer.
std::map<std::string, std::string> environment(const char* const* variables);

} // namespace lastseen::config
