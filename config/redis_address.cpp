#include "config/redis_address.hpp"

#include "config/duration.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace lastseen::config {

namespace {

constexpr auto plain_schemes =
  std::to_array<std::string_view>({"redis", "tcp", "unix"});
constexpr auto later_schemes = std::to_array<std::string_view>(
  {"rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster",
   "rediss+cluster"});

// Known elsewhere: they name TLS, Sentinel, Cluster or replicas.
constexpr auto later_options = std::to_array<std::string_view>(
  {"addr", "tls_enabled", "sentinel_master_name", "sentinel_user",
   "sentinel_password", "sentinel_tls_enabled", "replica_client_enabled"});

// sun_path has 108 bytes on Linux, one of them for the terminator.
constexpr std::size_t max_unix_path = 107;

bool contains(const auto& range, std::string_view x) {
  return std::ranges::find(range, x) != range.end();
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

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

template <class Number>
bool read_number(std::string_view x, Number& into) {
  auto end = x.data() + x.size();
  auto [stop, fault] = std::from_chars(x.data(), end, into);
  return fault == std::errc{} && stop == end;
}

// Splits at the first `c`; the second part is absent without one.
std::pair<std::string_view, std::optional<std::string_view>>
split(std::string_view x, char c) {
  auto at = x.find(c);
  if (at == x.npos)
    return {x, std::nullopt};
  return {x.substr(0, at), x.substr(at + 1)};
}

bool is_host(std::string_view x) {
  return !x.empty() && std::ranges::all_of(x, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// -- the parts: each returns what is wrong, empty for nothing -----------------

std::string read_host(std::string_view x, bool port_required,
                      redis_address& into) {
  std::optional<std::string_view> port;
  if (x.starts_with('[')) {
    auto end = x.find(']');
    if (end == x.npos)
      return "the bracket of the IPv6 address is not closed";
    into.host = x.substr(1, end - 1);
    in6_addr ignored;
    if (inet_pton(AF_INET6, into.host.c_str(), &ignored) != 1)
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
    into.host = host.empty() ? "127.0.0.1" : host;
    port = after;
    if (!is_host(into.host))
      return "the host must be a name or an IP address";
  }
  if (!port)
    return port_required ? "the port is missing: must be host:port or a URL"
                         : "";
  if (!read_number(*port, into.port) || into.port == 0)
    return "the port must be a number from 1 to 65535";
  return "";
}

std::string read_login(std::string_view x, redis_address& into) {
  auto [user, password] = split(x, ':');
  auto decoded = percent_decoded(user);
  if (!decoded)
    return "a percent sign in the user must be written %25";
  if (!decoded->empty())
    into.user = std::move(*decoded);
  if (!password)
    return "";
  decoded = percent_decoded(*password);
  if (!decoded)
    return "a percent sign in the password must be written %25";
  if (!decoded->empty())
    into.password = std::move(*decoded);
  return "";
}

std::string read_options(std::string_view x, redis_address& into) {
  for (std::optional<std::string_view> rest = x; rest && !rest->empty();) {
    auto [option, next] = split(*rest, '&');
    auto [name, value] = split(option, '=');
    rest = next;
    if (name == "connect_timeout" || name == "io_timeout") {
      auto time = parse_duration(value.value_or(""));
      if (!time || time->count() == 0)
        return std::string{name}
               + " must be a duration such as `4s`, at least "
                 "1ms";
      (name == "io_timeout" ? into.io_timeout : into.connect_timeout) = *time;
    } else if (contains(later_options, name)) {
      return "the option " + std::string{name}
             + " is not supported yet: only standalone servers without TLS are";
    } else if (name != "force_resp2") {
      return "the option " + quote(name)
             + " is unknown: connect_timeout and io_timeout are allowed";
    }
  }
  return "";
}

std::string read_unix(std::string_view path, redis_address& into) {
  if (!path.starts_with('/'))
    return "the path of the socket must be absolute: unix:///run/redis.sock";
  auto decoded = percent_decoded(path);
  if (!decoded)
    return "a percent sign in the path must be written %25";
  if (decoded->size() > max_unix_path || decoded->find('\0') != decoded->npos)
    return "the path of a socket must have at most 107 bytes, none of them 0";
  into.host.clear();
  into.unix_path = std::move(*decoded);
  return "";
}

std::string read_url(std::string_view scheme, std::string_view rest,
                     redis_address& into) {
  if (contains(later_schemes, scheme))
    return std::string{scheme}
           + ":// is not supported yet: only standalone servers without TLS "
             "are";
  if (!contains(plain_schemes, scheme))
    return "the scheme must be redis, tcp or unix";
  auto [location, options] = split(rest, '?');
  if (options && options->find('@') != options->npos)
    return "a question mark in the user or the password must be written %3F";
  if (auto at = location.rfind('@'); at != location.npos) {
    if (auto wrong = read_login(location.substr(0, at), into); !wrong.empty())
      return wrong;
    location.remove_prefix(at + 1);
  }
  if (auto wrong = read_options(options.value_or(""), into); !wrong.empty())
    return wrong;
  if (scheme == "unix")
    return read_unix(location, into);
  auto [host, db] = split(location, '/');
  if (auto wrong = read_host(host, false, into); !wrong.empty())
    return wrong;
  constexpr auto max_db = std::uint32_t{0x7FFFFFFF};
  if (db && !db->empty() && (!read_number(*db, into.db) || into.db > max_db))
    return "the database must be a number: redis://host:6379/0";
  return "";
}

result<std::vector<redis_address>>
parse_all(const std::vector<std::string>& texts, const redis& defaults) {
  std::vector<redis_address> out;
  for (const auto& text : texts) {
    auto address = parse_redis_address(text, defaults);
    if (!address)
      return address.error();
    out.push_back(std::move(*address));
  }
  return out;
}

} // namespace

result<redis_address> parse_redis_address(std::string_view text,
                                          const redis& defaults) {
  redis_address x;
  x.user = defaults.user;
  x.password = defaults.password;
  x.db = defaults.db;
  x.connect_timeout = defaults.connect_timeout;
  x.io_timeout = defaults.io_timeout;
  std::string wrong;
  if (auto at = text.find("://"); at != text.npos)
    wrong = read_url(text.substr(0, at), text.substr(at + 3), x);
  else if (text.find_first_of("@/?") != text.npos)
    wrong = "must be host:port, or a URL such as redis://host:6379/0";
  else if (text.empty())
    wrong = "must not be empty";
  else
    wrong = read_host(text, true, x);
  if (!wrong.empty())
    return error{ec::bad_config, quote(without_secrets(text)) + ": " + wrong};
  return x;
}

result<std::vector<redis_address>> redis_shards(const redis& from) {
  if (from.address.empty())
    return parse_all({"127.0.0.1:6379"}, from);
  return parse_all(from.address, from);
}

result<std::vector<redis_address>> previous_redis_shards(const redis& from) {
  return parse_all(from.previous_address, from);
}

std::string to_string(const redis_address& x) {
  std::string out = x.unix_path;
  if (out.empty()) {
    auto is_ipv6 = x.host.find(':') != x.host.npos;
    out =
      (is_ipv6 ? '[' + x.host + ']' : x.host) + ':' + std::to_string(x.port);
  }
  if (x.db != 0)
    out += '/' + std::to_string(x.db);
  return out;
}

std::string without_secrets(std::string_view text) {
  std::string scheme;
  // What looks like a scheme may be a piece of a password.
  if (auto at = text.find("://"); at != text.npos) {
    auto name = text.substr(0, at);
    if (contains(plain_schemes, name) || contains(later_schemes, name)) {
      scheme = text.substr(0, at + 3);
      text.remove_prefix(at + 3);
    }
  }
  if (auto at = text.rfind('@'); at != text.npos) {
    // Either could be part of a secret.
    if (text.find('?') < at)
      return "<hidden>";
    text.remove_prefix(at + 1);
  }
  return scheme + std::string{text.substr(0, text.find('?'))};
}

} // namespace lastseen::config
