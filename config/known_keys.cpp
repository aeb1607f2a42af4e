#include "config/known_keys.hpp"

#include "config/fields.hpp"
#include "config/text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace lastseen::config {

namespace json = boost::json;

bool is_group(std::string_view path) {
  auto begin = std::string{path} + '.';
  return std::ranges::any_of(
    fields(), [&](const field& f) { return f.key.starts_with(begin); });
}

std::string without_engine(std::string_view path) {
  constexpr std::string_view engine = "engine.redis";
  auto rest = path.substr(std::min(path.size(), engine.size()));
  if (!path.starts_with(engine) || rest == ".reuse_from_engine"
      || (!rest.empty() && rest.front() != '.'))
    return std::string{path};
  return "user_status.redis" + std::string{rest};
}

std::vector<std::string> known_paths() {
  std::vector<std::string> paths;
  for (const auto& f : fields()) {
    for (auto dot = f.key.find('.'); dot != f.key.npos;
         dot = f.key.find('.', dot + 1))
      paths.emplace_back(f.key.substr(0, dot));
    paths.emplace_back(f.key);
  }
  return paths;
}

std::string suggestion(std::string_view x, std::span<const std::string> known) {
  auto found = nearest(x, known);
  return found.empty() ? "" : "; did you mean " + std::string{found} + "?";
}

std::string_view find(std::span<const std::string_view> keys,
                      std::string_view x) {
  auto i = std::ranges::find(keys, x);
  return i == keys.end() ? std::string_view{} : *i;
}

std::span<const std::string_view> foreign_switches() {
  static constexpr auto all =
    std::to_array<std::string_view>({"admin.enabled", "debug.enabled"});
  return all;
}

bool is_off(const json::value& x) {
  switch (x.kind()) {
    case json::kind::null:
      return true;
    case json::kind::bool_:
      return !x.get_bool();
    case json::kind::int64:
      return x.get_int64() == 0;
    case json::kind::uint64:
      return x.get_uint64() == 0;
    case json::kind::double_:
      return x.get_double() == 0;
    case json::kind::string:
      return x.get_string().empty();
    case json::kind::array:
      return std::ranges::all_of(x.get_array(),
                                 [](auto& y) { return is_off(y); });
    case json::kind::object:
      return std::ranges::all_of(x.get_object(),
                                 [](auto& y) { return is_off(y.value()); });
  }
  return false;
}

bool is_off(std::string_view x) {
  constexpr auto off = std::to_array<std::string_view>(
    {"", "0", "f", "F", "false", "FALSE", "False"});
  return std::ranges::find(off, x) != off.end();
}

} // namespace lastseen::config
