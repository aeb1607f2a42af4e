#include "cli/options.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <ostream>

namespace lastseen::cli {

std::optional<outcome> parse(CLI::App& app, const arguments& from,
                             console& to) {
  arguments backwards{from.rbegin(), from.rend()}; // as CLI11 wants them
  try {
    app.parse(backwards);
  } catch (const CLI::CallForHelp&) {
    to.out << app.help();
    return true;
  } catch (const CLI::ParseError& e) {
    std::string what = e.what();
    std::ranges::replace(what, '\n', ' ');
    return error{ec::bad_config, app.get_name() + ": " + what + "; see --help"};
  }
  return std::nullopt;
}

config_option::config_option(CLI::App& app)
  : option(app.add_option("-c,--config", path,
                          "The file of the service [config.json]")) {
  option->type_name("FILE");
}

result<config::loaded> config_option::load(const console& to) const {
  return config::load({.path = path,
                       .path_given = option->count() > 0,
                       .env_file = to.env_file,
                       .environment = to.environment,
                       .flags = {}});
}

} // namespace lastseen::cli
