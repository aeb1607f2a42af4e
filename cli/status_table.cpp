#include "cli/status_table.hpp"

#include "config/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace lastseen::cli {

namespace {

namespace json = boost::json;

using row = std::array<std::string, 4>;

// Characters, not bytes.
std::size_t width(std::string_view text) {
  constexpr unsigned char lead = 0xC0;
  constexpr unsigned char continued = 0x80;
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & lead) != continued;
  }));
}

// In quotes only if it would disturb a terminal.
std::string printable(const json::string& text) {
  auto whole = std::string{text.data(), text.size()};
  auto quoted = config::quote(whole);
  return quoted == '"' + whole + '"' ? whole : quoted;
}

std::string text_of(const json::object& status, std::string_view key) {
  auto x = status.if_contains(key);
  return x && x->is_string() ? printable(x->get_string()) : "-";
}

std::string time_of(const json::object& status, std::string_view key,
                    std::chrono::sys_seconds now) {
  auto x = status.if_contains(key);
  if (!x || !x->is_int64())
    return "-";
  return ago(now.time_since_epoch() - std::chrono::seconds{x->get_int64()});
}

row row_of(const json::value& x, std::chrono::sys_seconds now) {
  auto status = x.is_object() ? x.get_object() : json::object{};
  return {text_of(status, "user"), time_of(status, "active", now),
          time_of(status, "online", now), text_of(status, "state")};
}

} // namespace

std::string ago(std::chrono::seconds x) {
  struct unit {
    std::string_view name;
    std::int64_t seconds;
  };
  constexpr auto units = std::to_array<unit>(
    {{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}});
  if (x < std::chrono::seconds{2})
    return "just now";
  auto i = std::ranges::find_if(
    units, [&](const unit& y) { return x.count() >= y.seconds; });
  auto n = x.count() / i->seconds;
  return std::to_string(n) + ' ' + std::string{i->name} + (n == 1 ? "" : "s")
         + " ago";
}

std::string status_table(const json::object& result,
                         std::chrono::sys_seconds now) {
  std::vector<row> rows{{"USER", "ACTIVE", "ONLINE", "STATE"}};
  if (auto list = result.if_contains("statuses"); list && list->is_array())
    for (const auto& x : list->get_array())
      rows.push_back(row_of(x, now));
  row::size_type last = rows[0].size() - 1;
  std::array<std::size_t, 4> widths{};
  for (const auto& x : rows)
    for (std::size_t i = 0; i < last; ++i)
      widths[i] = std::max(widths[i], width(x[i]));
  std::string out;
  for (const auto& x : rows) {
    for (std::size_t i = 0; i < last; ++i)
      out += x[i] + std::string(widths[i] - width(x[i]) + 2, ' ');
    out += x[last] + '\n';
  }
  return out;
}

} // namespace lastseen::cli
