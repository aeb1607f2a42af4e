#include "config/duration.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace lastseen::config {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t max_ns = 100'000LL * 3600 * 1000 * ns_per_ms;

struct unit {
  std::string_view name;
  std::int64_t ns;
};

// Longer names come before their own beginnings.
constexpr auto units = std::to_array<unit>({
  {"ns", 1},
  {"us", 1000},
  {"\u00b5s", 1000}, // micro sign
  {"\u03bcs", 1000}, // Greek mu
  {"ms", ns_per_ms},
  {"s", 1000 * ns_per_ms},
  {"m", 60L * 1000 * ns_per_ms},
  {"h", 3600L * 1000 * ns_per_ms},
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads one `<number><unit>`; negative when there is none or it is too large.
std::int64_t take_part(std::string_view& text) {
  std::int64_t whole = 0;
  std::int64_t fraction = 0;
  std::int64_t scale = 1;
  auto digits = std::size_t{0};
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    whole = whole * 10 + (text.front() - '0');
    if (whole > max_ns)
      return -1;
    ++digits;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      // An hour has 3.6e12 ns: more digits cannot matter.
      if (scale < 1'000'000'000'000) {
        fraction = fraction * 10 + (text.front() - '0');
        scale *= 10;
      }
      ++digits;
    }
  }
  if (digits == 0)
    return -1;
  for (const auto& u : units) {
    if (!text.starts_with(u.name))
      continue;
    text.remove_prefix(u.name.size());
    if (whole > max_ns / u.ns)
      return -1;
    auto part = static_cast<long double>(fraction)
                * static_cast<long double>(u.ns)
                / static_cast<long double>(scale);
    return whole * u.ns + static_cast<std::int64_t>(part);
  }
  return -1;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0")
    return std::chrono::milliseconds{0};
  if (text.empty())
    return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    auto part = take_part(text);
    if (part < 0)
      return std::nullopt;
    total += part;
    if (total > max_ns)
      return std::nullopt;
  }
  if (total % ns_per_ms != 0)
    return std::nullopt;
  return std::chrono::milliseconds{total / ns_per_ms};
}

std::string to_string(std::chrono::milliseconds x) {
  auto rest = x.count();
  if (rest == 0)
    return "0";
  if (rest < 0)
    return '-' + to_string(-x);
  constexpr auto parts = std::to_array<std::pair<std::int64_t, const char*>>(
    {{3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}});
  std::string out;
  for (auto [size, name] : parts) {
    if (rest >= size) {
      out += std::to_string(rest / size) + name;
      rest %= size;
    }
  }
  return out;
}

} // namespace lastseen::config
