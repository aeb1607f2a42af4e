#include "cli/options.hpp"
#include "config/assign.hpp"
#include "config/certificates.hpp"
#include "config/fields.hpp"
#include "net/auth/authenticator.hpp"

#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

namespace lastseen::cli {

namespace {

std::string random_key() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1)
    return {};
  std::string out;
  for (auto byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string first_config(const std::string& path, const std::string& secret,
                         const std::string& key) {
  if (path.ends_with(".yaml") || path.ends_with(".yml"))
    return "client:\n  token:\n    hmac_secret_key: \"" + secret
           + "\"\n  allowed_origins: []\nhttp_api:\n  key: \"" + key + "\"\n";
  if (path.ends_with(".toml"))
    return "[client]\nallowed_origins = []\n\n[client.token]\n"
           "hmac_secret_key = \""
           + secret + "\"\n\n[http_api]\nkey = \"" + key + "\"\n";
  return "{\n  \"client\": {\n    \"token\": {\n      \"hmac_secret_key\": \""
         + secret
         + "\"\n    },\n    \"allowed_origins\": []\n  },\n"
           "  \"http_api\": {\n    \"key\": \""
         + key + "\"\n  }\n}\n";
}

// Only for the owner, since it has secrets; never over another file.
result<void> write_new(const std::string& path, std::string_view text) {
  constexpr mode_t owner = S_IRUSR | S_IWUSR;
  auto failed = [&] {
    return error{ec::bad_config, path + ": " + std::strerror(errno)};
  };
  auto file =
    open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner);
  if (file < 0)
    return failed();
  auto written = write(file, text.data(), text.size());
  auto whole = written == static_cast<ssize_t>(text.size());
  if (close(file) != 0 || !whole)
    return failed();
  return {};
}

// The default of a key as one writes it in JSON; keys themselves are no
// secret.
std::string default_of(const config::field& f, config::settings& defaults) {
  if (!f.secret)
    return shown(f, defaults);
  return type_name(f) == "string" ? "\"\"" : "[]";
}

// The groups of a key.
std::vector<std::string_view> groups_of(std::string_view key) {
  std::vector<std::string_view> out;
  for (auto dot = key.find('.'); dot != key.npos; dot = key.find('.')) {
    out.push_back(key.substr(0, dot));
    key.remove_prefix(dot + 1);
  }
  return out;
}

} // namespace

outcome generate_config(const arguments& from, console& to) {
  CLI::App app{"Writes a first configuration file, with random keys, in JSON, "
               "or in YAML or TOML by its ending. An existing file is left "
               "alone.",
               "lastseen genconfig"};
  config_option file{app};
  if (auto over = parse(app, from, to))
    return *over;
  auto secret = random_key();
  auto key = random_key();
  if (secret.empty() || key.empty())
    return error{ec::unavailable, "no random numbers to be had"};
  auto written = write_new(file.path, first_config(file.path, secret, key));
  if (!written)
    return written.error();
  to.out << file.path << ": written\n";
  return true;
}

outcome check_config(const arguments& from, console& to) {
  CLI::App app{"Checks a configuration file, the environment over it, and the "
               "keys and certificates that they name, as the service would at "
               "its start.",
               "lastseen checkconfig"};
  config_option file{app};
  bool strict = false;
  app.add_flag("--strict", strict, "Warnings are errors");
  if (auto over = parse(app, from, to))
    return *over;
  auto loaded = file.load(to);
  if (!loaded)
    return loaded.error();
  const auto& settings = loaded->settings;
  if (auto read = authenticator{}.read(settings.client); !read)
    return read.error();
  if (auto read = config::check_certificates(settings); !read)
    return read.error();
  for (const auto& warning : loaded->warnings)
    to.err << "warning: " << warning << '\n';
  if (strict && !loaded->warnings.empty())
    return error{ec::bad_config,
                 file.path + ": " + std::to_string(loaded->warnings.size())
                   + (loaded->warnings.size() == 1 ? " warning" : " warnings")};
  to.out << file.path << ": good; " << loaded->store_note << '\n';
  return true;
}

outcome print_default_config(const arguments& from, console& to) {
  CLI::App app{"Prints every key with its default, in JSON.",
               "lastseen defaultconfig"};
  if (auto over = parse(app, from, to))
    return *over;
  config::settings defaults;
  std::vector<std::string_view> open;
  std::string out = "{";
  auto indent = [&] { out += '\n' + std::string(2 * open.size() + 2, ' '); };
  auto close = [&](std::size_t depth) {
    while (open.size() > depth) {
      open.pop_back();
      indent();
      out += '}';
    }
  };
  for (const auto& f : config::fields()) {
    auto groups = groups_of(f.key);
    std::size_t same = 0;
    while (same < std::min(open.size(), groups.size())
           && open[same] == groups[same])
      ++same;
    close(same);
    if (!out.ends_with('{'))
      out += ',';
    for (; same < groups.size(); ++same) {
      indent();
      out += '"' + std::string{groups[same]} + "\": {";
      open.push_back(groups[same]);
    }
    indent();
    out += '"' + std::string{f.key.substr(f.key.rfind('.') + 1)}
           + "\": " + default_of(f, defaults);
  }
  close(0);
  to.out << out << "\n}\n";
  return true;
}

outcome print_default_environment(const arguments& from, console& to) {
  CLI::App app{"Prints every environment variable with its default.",
               "lastseen defaultenv"};
  if (auto over = parse(app, from, to))
    return *over;
  config::settings defaults;
  for (const auto& f : config::fields()) {
    auto value = default_of(f, defaults);
    if (value == "[]")
      value = "\"\"";
    else if (!value.starts_with('"'))
      value = '"' + value + '"';
    to.out << config::env_name(f.key) << '=' << value << '\n';
  }
  return true;
}

} // namespace lastseen::cli
