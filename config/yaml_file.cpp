#include "config/yaml_file.hpp"

#include "config/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <yaml-cpp/yaml.h>

namespace lastseen::config {

namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;
constexpr std::size_t max_values = 100'000; // aliases can multiply them

std::string position(const YAML::Mark& mark) {
  return "line " + std::to_string(mark.line + 1) + ", column "
         + std::to_string(mark.column + 1);
}

template <class Number>
std::optional<json::value> number(const std::string& text) {
  Number x{};
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, x);
  if (code != std::errc{} || rest != end)
    return std::nullopt;
  return json::value(x);
}

bool is_one_of(std::string_view text,
               const std::array<std::string_view, 3>& words) {
  return std::ranges::find(words, text) != words.end();
}

json::value scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  constexpr auto plain = "?";
  if (node.Tag() != plain)
    return json::value(text);
  if (is_one_of(text, {"true", "True", "TRUE"}))
    return true;
  if (is_one_of(text, {"false", "False", "FALSE"}))
    return false;
  if (auto x = number<std::int64_t>(text))
    return *x;
  // Words such as `inf` stay words.
  if (text.find_first_of("0123456789") != text.npos)
    if (auto x = number<double>(text))
      return *x;
  return json::value(text);
}

/// Makes JSON of YAML; the first thing that JSON does not know ends it.
class converter {
public:
  json::value convert(const YAML::Node& node, std::size_t depth = 0) {
    if (++values_ > max_values)
      return fail(node, "more than 100000 values");
    if (depth > max_depth)
      return fail(node, "nested more than 32 levels deep");
    if (node.IsScalar())
      return scalar(node);
    if (node.IsSequence()) {
      json::array out;
      for (const auto& x : node) {
        out.push_back(convert(x, depth + 1));
        if (problem_)
          break;
      }
      return out;
    }
    if (node.IsMap())
      return mapping(node, depth);
    return nullptr;
  }

  const std::optional<std::string>& problem() const {
    return problem_;
  }

private:
  json::value mapping(const YAML::Node& node, std::size_t depth) {
    json::object out;
    for (const auto& entry : node) {
      const auto& key = entry.first;
      if (!key.IsScalar())
        return fail(key, "a key is not a text");
      const auto& name = key.Scalar();
      if (out.contains(name))
        return fail(key, "the key " + quote(name) + " is there twice");
      out[name] = convert(entry.second, depth + 1);
      if (problem_)
        break;
    }
    return out;
  }

  json::value fail(const YAML::Node& at, const std::string& why) {
    if (!problem_)
      problem_ = position(at.Mark()) + ": " + why;
    return nullptr;
  }

  std::size_t values_ = 0;
  std::optional<std::string> problem_;
};

result<json::object> parse(std::string_view text, const std::string& name) {
  auto documents = YAML::LoadAll(std::string{text});
  if (documents.empty() || (documents.size() == 1 && documents[0].IsNull()))
    return json::object{};
  if (documents.size() > 1)
    return error{ec::bad_config, name + ": must be one document"};
  converter all;
  auto value = all.convert(documents[0]);
  if (all.problem())
    return error{ec::bad_config, name + ": " + *all.problem()};
  if (!value.is_object())
    return error{ec::bad_config, name + ": must be one mapping"};
  return std::move(value.get_object());
}

} // namespace

result<json::object> parse_yaml(std::string_view text,
                                const std::string& name) {
  try {
    return parse(text, name);
  } catch (const YAML::Exception& e) {
    return error{ec::bad_config, name + ": " + position(e.mark)
                                   + ": no valid YAML (" + e.msg + ')'};
  }
}

} // namespace lastseen::config
