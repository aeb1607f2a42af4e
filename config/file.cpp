#include "config/file.hpp"

#include "config/json_file.hpp"
#include "config/toml_file.hpp"
#include "config/yaml_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace lastseen::config {

namespace {

constexpr std::size_t max_file_size = 1024UL * 1024;

} // namespace

result<std::optional<std::string>> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    if (errno == ENOENT)
      return std::optional<std::string>{};
    return error{ec::bad_config, path + ": " + std::strerror(errno)};
  }
  std::string text(max_file_size + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return error{ec::bad_config, path + ": " + std::strerror(errno)};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_file_size)
    return error{ec::bad_config, path + ": larger than 1 MiB"};
  return std::optional{std::move(text)};
}

result<boost::json::object> parse_file(std::string_view text,
                                       const std::string& name) {
  if (name.ends_with(".yaml") || name.ends_with(".yml"))
    return parse_yaml(text, name);
  if (name.ends_with(".toml"))
    return parse_toml(text, name);
  return parse_json(text, name);
}

} // namespace lastseen::config
