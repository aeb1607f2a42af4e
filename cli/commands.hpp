#pragma once

#include "status/error.hpp"

#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The commands of the program besides the service: docs/commands.md.
namespace lastseen::cli {

/// What a command reads from and writes to.
struct console {
  std::ostream& out;
  std::ostream& err;
  /// Variables `LASTSEEN_…`.
  std::map<std::string, std::string> environment;
  /// As in `config::sources`.
  std::string env_file = {};
};

/// Runs the command that the arguments begin with; they are without the
/// program's name. What is wrong is one line on `err`. Never throws.
/// REQUIRES: config::is_command(arguments.front()).
/// @returns the exit code: 0 when all is well, else 1.
int run(const std::vector<std::string>& arguments, console& to);

// -- the commands, with the arguments after their name ------------------------

using arguments = std::vector<std::string>;

/// Whether all is well; an error is one line.
using outcome = result<bool>;

outcome generate_config(const arguments& from, console& to);
outcome check_config(const arguments& from, console& to);
outcome print_default_config(const arguments& from, console& to);
outcome print_default_environment(const arguments& from, console& to);
outcome generate_token(const arguments& from, console& to);
outcome check_token(const arguments& from, console& to);
outcome status(const arguments& from, console& to);

} // namespace lastseen::cli
