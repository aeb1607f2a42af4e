#include "config/command_line.hpp"

#include "config/assign.hpp"
#include "config/known_keys.hpp"
#include "config/text.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>

namespace lastseen::config {

namespace {

constexpr auto command_table = std::to_array<command_summary>({
  {"genconfig", "write a first configuration file, with random keys"},
  {"checkconfig", "check a configuration file"},
  {"defaultconfig", "print every key with its default"},
  {"defaultenv", "print every environment variable with its default"},
  {"gentoken", "print a connection token for a user"},
  {"checktoken", "check a connection token"},
  {"status", "read, update or delete statuses at a service that runs"},
  {"version", "print the version"},
});

// The name in `--name=value`.
std::string_view flag_name(std::string_view argument) {
  return argument.substr(0, argument.find('='));
}

std::string flag_names(const field& f) {
  auto name = "--" + std::string{f.key};
  if (f.key == "http_server.address")
    return "-a," + name;
  if (f.key == "http_server.port")
    return "-p," + name;
  return name;
}

// CLI11 takes `--name=` for a flag without value, and wants them from the back.
std::vector<std::string> for_cli(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (const auto& argument : arguments) {
    auto name = flag_name(argument);
    if (name.starts_with("--") && name.size() + 1 == argument.size()) {
      out.emplace_back(name);
      out.emplace_back();
    } else {
      out.push_back(argument);
    }
  }
  std::ranges::reverse(out);
  return out;
}

result<void> refuse_secrets(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    auto name = flag_name(argument);
    if (!name.starts_with("--"))
      continue;
    auto f = find_field(name.substr(2));
    if (f && f->secret)
      return error{ec::bad_config,
                   std::string{name} + ": a secret must be in the file or in "
                     + env_name(f->key) + ", since others see command lines"};
  }
  return {};
}

error unexpected(const std::string& argument) {
  if (!argument.starts_with('-')) {
    std::vector<std::string> names;
    names.reserve(command_table.size());
    for (const auto& x : command_table)
      names.emplace_back(x.name);
    auto near = nearest(argument, names);
    return {ec::bad_config,
            quote(argument) + ": no such command"
              + (near.empty() ? "; see --help"
                              : "; did you mean " + std::string{near} + "?")};
  }
  auto name = flag_name(argument);
  std::vector<std::string> known{"--config", "--help", "--version"};
  for (const auto& f : fields())
    if (!f.secret)
      known.push_back("--" + std::string{f.key});
  auto meant = nearest(name, known);
  return {ec::bad_config,
          quote(name) + ": no such flag"
            + (meant.empty() ? "; see --help"
                             : "; did you mean " + std::string{meant} + "?")};
}

// Appends the words of `text`, without backquotes, indented, in 80 columns.
void wrap(std::string& out, std::string_view text, std::size_t indent) {
  auto column = std::size_t{80};
  for (auto word : split_words(text)) {
    std::erase(word, '`');
    if (column + 1 + word.size() > 80) {
      if (out.ends_with(' '))
        out.pop_back();
      if (!out.empty() && !out.ends_with('\n'))
        out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

} // namespace

result<command_line>
parse_command_line(const std::vector<std::string>& arguments) {
  if (auto allowed = refuse_secrets(arguments); !allowed)
    return allowed.error();
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  command_line out;
  auto path = app.add_option("-c,--config", out.path)->type_name("value");
  auto help = app.add_flag("-h,--help");
  auto version = app.add_flag("--version");
  std::vector<std::pair<std::string_view, CLI::Option*>> options;
  for (const auto& f : fields()) {
    if (f.secret)
      continue;
    auto option = app.add_option(flag_names(f))->type_name("value");
    auto type = type_name(f);
    if (type == "boolean")
      option->expected(0, 1)->default_str("true");
    else if (type == "list of strings")
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(f.key, option);
  }
  // Command lines of Centrifugo work, too; its engine does not matter here.
  app.add_option("--engine.type");
  for (auto key : foreign_switches())
    options.emplace_back(key, app.add_option("--" + std::string{key})
                                ->expected(0, 1)
                                ->default_str("true"));
  try {
    app.parse(for_cli(arguments));
  } catch (const CLI::ParseError& e) {
    auto what = std::string{e.what()};
    std::ranges::replace(what, '\n', ' ');
    return error{ec::bad_config, what + "; see --help"};
  }
  if (auto rest = app.remaining(); !rest.empty())
    return unexpected(rest.front());
  if (help->count() > 0)
    out.print = help_text();
  else if (version->count() > 0)
    out.print = "lastseen " LASTSEEN_VERSION "\n";
  out.path_given = path->count() > 0;
  for (auto [key, option] : options) {
    if (option->count() == 0)
      continue;
    std::string value;
    for (const auto& part : option->results())
      value += (value.empty() ? "" : " ") + part;
    out.flags.emplace_back(key, std::move(value));
  }
  return out;
}

std::span<const command_summary> commands() {
  return command_table;
}

bool is_command(std::string_view name) {
  return std::ranges::find(command_table, name, &command_summary::name)
         != command_table.end();
}

std::string help_text() {
  constexpr std::size_t column = 15; // of what the commands do
  std::string out = "lastseen: when was a user last active, and is the app "
                    "still open?\n\nUsage: lastseen [flags]\n"
                    "       lastseen COMMAND [options]\n\n"
                    "Without a command it runs the service. Commands, of which "
                    "each has --help:\n\n";
  for (const auto& x : command_table)
    out += "  " + std::string{x.name} + std::string(column - x.name.size(), ' ')
           + std::string{x.what} + '\n';
  out += '\n';
  wrap(out,
       "A value comes from the flag, else from the environment variable "
       "LASTSEEN_ + the key in upper case with _ for dots, else from that "
       "variable in .env, else from the file, else it is the default, which is "
       "shown in brackets. Lists have spaces between entries. Durations are "
       "like 1h30m or 250ms.",
       0);
  std::string secrets = "Secrets have no flag, since everybody on a machine "
                        "sees command lines. Put them into the file or the "
                        "environment:";
  for (const auto& f : fields())
    if (f.secret)
      secrets += ' ' + env_name(f.key);
  out += '\n';
  wrap(out, secrets, 0);
  out += '\n';
  wrap(out,
       "Exit codes, of commands too: 0 when all is well, 1 when something is "
       "wrong, of which the last line of the standard error says what; also "
       "when the store did not take everything within shutdown.timeout.",
       0);
  out += "\n  -c, --config FILE [config.json]\n"
         "      JSON, or YAML or TOML by its ending; none is only a warning.\n"
         "  -h, --help\n      Prints this text.\n"
         "  --version\n      Prints the version.\n";
  settings defaults;
  for (const auto& f : fields()) {
    if (f.secret)
      continue;
    auto names = flag_names(f);
    if (auto comma = names.find(','); comma != names.npos)
      names.insert(comma + 1, " ");
    auto type = std::string{type_name(f).substr(0, type_name(f).find(' '))};
    std::ranges::transform(type, type.begin(), [](char c) {
      return static_cast<char>(c - 'a' + 'A');
    });
    out += "  " + names + ' ' + type + " [" + shown(f, defaults) + "]\n";
    wrap(out, f.doc, 6);
  }
  return out;
}

} // namespace lastseen::config
