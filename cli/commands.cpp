#include "cli/commands.hpp"

#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <ostream>

namespace lastseen::cli {

namespace {

outcome print_version(const arguments&, console& to) {
  to.out << "lastseen " LASTSEEN_VERSION "\n";
  return true;
}

struct command {
  std::string_view name;
  outcome (*run)(const arguments&, console&);
};

constexpr auto table = std::to_array<command>({
  {"genconfig", generate_config},
  {"checkconfig", check_config},
  {"defaultconfig", print_default_config},
  {"defaultenv", print_default_environment},
  {"gentoken", generate_token},
  {"checktoken", check_token},
  {"status", status},
  {"version", print_version},
});

} // namespace

int run(const std::vector<std::string>& all, console& to) {
  try {
    auto i = std::ranges::find(table, all.front(), &command::name);
    if (i == table.end()) {
      to.err << "lastseen: " << config::quote(all.front())
             << ": no such command\n";
      return 1;
    }
    auto done = i->run({all.begin() + 1, all.end()}, to);
    if (done)
      return *done ? 0 : 1;
    to.err << "lastseen: " << done.error().what << '\n';
  } catch (const std::exception& e) {
    to.err << "lastseen: " << e.what() << '\n';
  }
  return 1;
}

} // namespace lastseen::cli
