#pragma once

#include "status/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::config {

/// A variable of a file such as `.env`.
struct env_entry {
  std::string value;
  /// Where its name is in the file, from 1.
  std::size_t line = 0;
};

/// What such a file says.
struct env_file {
  std::map<std::string, env_entry> variables;
  /// `name:LINE` of lines that say nothing, and why; without any value.
  std::vector<std::string> warnings;
};

/// Reads the text of such a file: a variable a line, as `NAME=value`, also
/// after `export`. A value ends with its line or before ` #`, and has no spaces
/// around it; in `'…'` everything stands for itself, and in `"…"` so it does
/// but for `\n`, `\r`, `\t`, `\"`, `\\` and `\$`; quoted values may span lines.
/// `$` means nothing. Lines that are empty or begin with `#` say nothing; of
/// equal names the last counts. A line that is none of these may be meant for
/// another program: it is passed over, unless `prefix` is in it.
/// @returns `ec::bad_config` with `name:LINE` and what is wrong with a line
/// that has `prefix` in it, without any value.
result<env_file> parse_env(std::string_view text, const std::string& name,
                           std::string_view prefix);

} // namespace lastseen::config
