#include "config/toml_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace lastseen::config {

namespace {

namespace json = boost::json;

std::string at(const std::string& name, const toml::source_region& where) {
  return name + ": line " + std::to_string(where.begin.line) + ", column "
         + std::to_string(where.begin.column) + ": ";
}

/// Makes JSON of TOML; the parser has bounded its depth.
class converter {
public:
  json::object convert(const toml::table& table) {
    json::object out;
    for (const auto& [key, node] : table)
      out[std::string{key.str()}] = convert(node);
    return out;
  }

  /// The first date or time.
  const std::optional<toml::source_region>& date() const {
    return date_;
  }

private:
  json::value convert(const toml::node& node) {
    if (auto table = node.as_table())
      return convert(*table);
    if (auto list = node.as_array()) {
      json::array out;
      for (const auto& x : *list)
        out.push_back(convert(x));
      return out;
    }
    if (auto x = node.as_string())
      return json::value(x->get());
    if (auto x = node.as_integer())
      return x->get();
    if (auto x = node.as_floating_point())
      return x->get();
    if (auto x = node.as_boolean())
      return x->get();
    if (!date_)
      date_ = node.source();
    return nullptr;
  }

  std::optional<toml::source_region> date_;
};

} // namespace

result<json::object> parse_toml(std::string_view text,
                                const std::string& name) {
  auto parsed = toml::parse(text);
  if (!parsed) {
    const auto& why = parsed.error();
    return error{ec::bad_config, at(name, why.source()) + "no valid TOML ("
                                   + std::string{why.description()} + ')'};
  }
  converter all;
  auto out = all.convert(parsed.table());
  if (all.date())
    return error{ec::bad_config,
                 at(name, *all.date()) + "a date or time: no key has one"};
  return out;
}

} // namespace lastseen::config
