#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The parts that addresses of servers are made of.
namespace lastseen::config {

/// With `%40` for `@` and so on; nothing when a percent sign is not followed by
/// two digits.
std::optional<std::string> percent_decoded(std::string_view x);

/// Reads a whole number that has nothing before or after it.
template <class Number>
bool read_number(std::string_view x, Number& into) {
  auto end = x.data() + x.size();
  auto [stop, fault] = std::from_chars(x.data(), end, into);
  return fault == std::errc{} && stop == end;
}

/// Splits at the first `c`; the second part is absent without one.
std::pair<std::string_view, std::optional<std::string_view>>
split(std::string_view x, char c);

/// Whether an address of Redis may begin with `x://` (contract B.6.2).
bool is_redis_scheme(std::string_view x);

/// Reads `host[:port]`, IPv6 in brackets; an empty host is 127.0.0.1. Without
/// a port, which `port_required` forbids, `number` stays as it is.
/// @returns what is wrong, empty for nothing.
std::string read_host(std::string_view x, bool port_required, std::string& name,
                      std::uint16_t& number);

} // namespace lastseen::config
