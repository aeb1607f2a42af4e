#pragma once

#include "status/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace lastseen::config {

/// A variable of a file such as `.env`.
struct env_entry {
  std::string value;
  /// Where its name is in the file, from 1.
  std::size_t line = 0;
};

/// Reads the text of such a file: a variable a line, as `NAME=value`, also
/// after `export`. A value ends with its line or before ` #`, and has no spaces
/// around it; in `'…'` everything stands for itself, and in `"…"` so it does
/// but for `\n`, `\r`, `\t`, `\"`, `\\` and `\$`; quoted values may span lines.
/// `$` means nothing. Lines that are empty or begin with `#` say nothing; of
/// equal names the last counts.
/// @returns `ec::bad_config` with `name:LINE` and what is wrong, without any
/// value.
result<std::map<std::string, env_entry>> parse_env(std::string_view text,
                                                   const std::string& name);

} // namespace lastseen::config
