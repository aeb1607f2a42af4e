#pragma once

#include "status/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen::config {

/// What the command line asks for.
struct command_line {
  /// To be printed, after which the program ends with code 0: the help or the
  /// version. Empty: run the service.
  std::string print;
  /// As in `sources`.
  std::string path = "config.json";
  bool path_given = false;
  std::vector<std::pair<std::string, std::string>> flags;
};

/// A command besides the service; the folder cli has them.
struct command_summary {
  std::string_view name;
  /// One line, for the help.
  std::string_view what;
};

std::span<const command_summary> commands();

/// Whether `name` is one of them.
bool is_command(std::string_view name);

/// Reads the arguments without the program's name: `-c/--config`, `--version`,
/// `-h/--help`, and `--<key> value` for every key that is no secret, of which
/// `-a` and `-p` are short for address and port. A boolean needs no value, a
/// list may be repeated.
/// @returns `ec::bad_config` with one line on the first argument that is
/// wrong; the value of a secret is not in it. Values are not checked yet.
result<command_line>
parse_command_line(const std::vector<std::string>& arguments);

/// What `--help` prints: at most 80 columns.
std::string help_text();

} // namespace lastseen::config
