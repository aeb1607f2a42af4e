#include "config/address_parts.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace lastseen::config {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool is_host(std::string_view x) {
  return !x.empty() && std::ranges::all_of(x, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

} // namespace

std::optional<std::string> percent_decoded(std::string_view x) {
  std::string out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] != '%') {
      out += x[i];
      continue;
    }
    if (x.size() - i < 3 || hex_value(x[i + 1]) < 0 || hex_value(x[i + 2]) < 0)
      return std::nullopt;
    out += static_cast<char>(hex_value(x[i + 1]) * 16 + hex_value(x[i + 2]));
    i += 2;
  }
  return out;
}

std::pair<std::string_view, std::optional<std::string_view>>
split(std::string_view x, char c) {
  auto at = x.find(c);
  if (at == x.npos)
    return {x, std::nullopt};
  return {x.substr(0, at), x.substr(at + 1)};
}

bool is_redis_scheme(std::string_view x) {
  constexpr auto schemes = std::to_array<std::string_view>(
    {"redis", "rediss", "tcp", "unix", "redis+sentinel", "rediss+sentinel",
     "redis+cluster", "rediss+cluster"});
  return std::ranges::find(schemes, x) != schemes.end();
}

std::string read_host(std::string_view x, bool port_required, std::string& name,
                      std::uint16_t& number) {
  std::optional<std::string_view> port;
  if (x.starts_with('[')) {
    auto end = x.find(']');
    if (end == x.npos)
      return "the bracket of the IPv6 address is not closed";
    name = x.substr(1, end - 1);
    in6_addr ignored;
    if (inet_pton(AF_INET6, name.c_str(), &ignored) != 1)
      return "there must be an IPv6 address in the brackets";
    auto rest = x.substr(end + 1);
    if (rest.starts_with(':'))
      port = rest.substr(1);
    else if (!rest.empty())
      return "only a port may follow the brackets";
  } else {
    if (std::ranges::count(x, ':') > 1)
      return "an IPv6 address must be in brackets: [::1]:6379";
    auto [host, after] = split(x, ':');
    name = host.empty() ? "127.0.0.1" : host;
    port = after;
    if (!is_host(name))
      return "the host must be a name or an IP address";
  }
  if (!port)
    return port_required ? "the port is missing: must be host:port or a URL"
                         : "";
  if (!read_number(*port, number) || number == 0)
    return "the port must be a number from 1 to 65535";
  return "";
}

} // namespace lastseen::config
