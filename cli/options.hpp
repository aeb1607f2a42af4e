#pragma once

#include "cli/commands.hpp"
#include "config/load.hpp"

#include <CLI/App.hpp>

#include <optional>
#include <string>

/// What the commands share.
namespace lastseen::cli {

/// Reads the arguments of a command. @returns nothing: go on; else what the
/// command returns: it was asked for its help, or an argument is wrong.
std::optional<outcome> parse(CLI::App& app, const arguments& from, console& to);

/// The option `-c, --config`, `config.json` by default.
struct config_option {
  explicit config_option(CLI::App& app);

  /// Loads the file, with `.env` and the environment over it.
  result<config::loaded> load(const console& to) const;

  std::string path = "config.json";
  CLI::Option* option;
};

} // namespace lastseen::cli
