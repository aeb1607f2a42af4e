#include "config/json_file.hpp"

#include "config/text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace lastseen::config {

namespace {

namespace json = boost::json;
using boost::system::error_code;

// Finds what json::parse does not tell: where the text is wrong, and equal
// keys, of which it would take the last.
struct checker {
  static constexpr auto max_object_size = static_cast<std::size_t>(-1);
  static constexpr auto max_array_size = static_cast<std::size_t>(-1);
  static constexpr auto max_key_size = static_cast<std::size_t>(-1);
  static constexpr auto max_string_size = static_cast<std::size_t>(-1);

  std::vector<std::set<std::string>> keys;
  std::string key;
  std::optional<std::string> duplicate;

  bool on_object_begin(error_code&) {
    keys.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    keys.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    key += std::string_view{part};
    return true;
  }
  bool on_key(json::string_view part, std::size_t, error_code& fault) {
    key += std::string_view{part};
    if (!keys.back().insert(key).second) {
      duplicate = key;
      fault = json::error::syntax;
      return false;
    }
    key.clear();
    return true;
  }
  bool on_document_begin(error_code&) {
    return true;
  }
  bool on_document_end(error_code&) {
    return true;
  }
  bool on_array_begin(error_code&) {
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, error_code&) {
    return true;
  }
  bool on_string(json::string_view, std::size_t, error_code&) {
    return true;
  }
  bool on_number_part(json::string_view, error_code&) {
    return true;
  }
  bool on_int64(std::int64_t, json::string_view, error_code&) {
    return true;
  }
  bool on_uint64(std::uint64_t, json::string_view, error_code&) {
    return true;
  }
  bool on_double(double, json::string_view, error_code&) {
    return true;
  }
  bool on_bool(bool, error_code&) {
    return true;
  }
  bool on_null(error_code&) {
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) {
    return true;
  }
  bool on_comment(json::string_view, error_code&) {
    return true;
  }
};

std::string position(std::string_view before) {
  auto line = std::ranges::count(before, '\n') + 1;
  auto begin = before.rfind('\n');
  if (begin != before.npos)
    before.remove_prefix(begin + 1);
  auto column =
    std::ranges::count_if(
      before,
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })
    + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string reason(const checker& found, const error_code& fault) {
  if (found.duplicate)
    return "the key " + quote(*found.duplicate) + " is there twice";
  if (fault == json::error::too_deep)
    return "nested more than 32 levels deep";
  if (fault == json::error::incomplete)
    return "the text ends too early";
  if (fault == json::error::extra_data)
    return "there is more after the end of the object";
  return "no valid JSON (" + fault.message() + ')';
}

} // namespace

result<json::object> parse_json(std::string_view text,
                                const std::string& name) {
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return json::object{};
  json::basic_parser<checker> parser{json::parse_options{}};
  error_code fault;
  auto parsed = parser.write_some(false, text.data(), text.size(), fault);
  if (!fault && parsed < text.size())
    fault = json::error::extra_data;
  if (fault)
    return error{ec::bad_config, name + ": " + position(text.substr(0, parsed))
                                   + ": " + reason(parser.handler(), fault)};
  auto value = json::parse(text, fault);
  if (fault)
    return error{ec::bad_config, name + ": " + fault.message()};
  if (!value.is_object())
    return error{ec::bad_config, name + ": must be one JSON object"};
  return std::move(value.get_object());
}

} // namespace lastseen::config
