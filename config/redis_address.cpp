#include "config/redis_address.hpp"

#include "config/address_parts.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lastseen::config {

namespace {

constexpr auto plain_schemes = std::to_array<std::string_view>(
  {"redis", "rediss", "tcp", "unix", "redis+sentinel", "rediss+sentinel"});
constexpr auto later_schemes =
  std::to_array<std::string_view>({"redis+cluster", "rediss+cluster"});

// Known elsewhere.
constexpr auto later_options =
  std::to_array<std::string_view>({"replica_client_enabled"});

constexpr std::uint16_t sentinel_port = 26379;

// sun_path has 108 bytes on Linux, one of them for the terminator.
constexpr std::size_t max_unix_path = 107;

bool contains(const auto& range, std::string_view x) {
  return std::ranges::find(range, x) != range.end();
}

// -- the parts: each returns what is wrong, empty for nothing -----------------

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

// What the options of a URL say of the sentinels.
struct sentinel_options {
  redis_address common;
  std::vector<std::string_view> more;
};

std::string read_time(std::string_view name, std::string_view value,
                      milliseconds& into) {
  auto time = parse_duration(value);
  if (!time || time->count() == 0)
    return std::string{name} + " must be a duration such as `4s`, at least 1ms";
  into = *time;
  return "";
}

std::string read_flag(std::string_view name, std::string_view value,
                      bool& into) {
  auto on = value == "true" || value == "1";
  if (!on && value != "false" && value != "0")
    return std::string{name} + " must be true or false";
  into = on;
  return "";
}

std::string read_text(std::string_view name, std::string_view value,
                      std::string& into) {
  auto decoded = percent_decoded(value);
  if (!decoded)
    return "a percent sign in " + std::string{name} + " must be written %25";
  into = std::move(*decoded);
  return "";
}

// `sentinels` is null where there are none.
std::string read_option(std::string_view name, std::string_view value,
                        redis_address& into, sentinel_options* sentinels) {
  if (name == "connect_timeout")
    return read_time(name, value, into.connect_timeout);
  if (name == "io_timeout")
    return read_time(name, value, into.io_timeout);
  if (name == "tls_enabled")
    return read_flag(name, value, into.tls);
  if (name == "force_resp2")
    return "";
  if (contains(later_options, name))
    return "the option " + std::string{name} + " is not supported yet";
  if (sentinels) {
    if (name == "sentinel_master_name")
      return read_text(name, value, into.master_name);
    if (name == "sentinel_user")
      return read_text(name, value, sentinels->common.user);
    if (name == "sentinel_password")
      return read_text(name, value, sentinels->common.password);
    if (name == "sentinel_tls_enabled")
      return read_flag(name, value, sentinels->common.tls);
    if (name == "addr") {
      sentinels->more.push_back(value);
      return "";
    }
  }
  return "the option " + quote(name) + " is unknown: connect_timeout, "
         + "io_timeout"
         + (sentinels ? ", tls_enabled, sentinel_master_name, addr, "
                        "sentinel_user, sentinel_password and "
                        "sentinel_tls_enabled are allowed"
                      : " and tls_enabled are allowed");
}

std::string read_options(std::string_view x, redis_address& into,
                         sentinel_options* sentinels) {
  for (std::optional<std::string_view> rest = x; rest && !rest->empty();) {
    auto [option, next] = split(*rest, '&');
    auto [name, value] = split(option, '=');
    rest = next;
    auto wrong = read_option(name, value.value_or(""), into, sentinels);
    if (!wrong.empty())
      return wrong;
  }
  return "";
}

// The host of `into` is the first sentinel; its place is the master's.
std::string take_sentinels(const sentinel_options& options,
                           redis_address& into) {
  if (into.master_name.empty())
    return "sentinel_master_name is missing";
  auto add = [&](std::string host, std::uint16_t port) {
    auto sentinel = options.common;
    sentinel.host = std::move(host);
    sentinel.port = port;
    into.sentinels.push_back(std::move(sentinel));
  };
  add(std::exchange(into.host, ""), std::exchange(into.port, 6379));
  for (auto text : options.more) {
    redis_address other;
    if (auto wrong = read_host(text, true, other.host, other.port);
        !wrong.empty())
      return "addr: " + wrong;
    add(other.host, other.port);
  }
  return "";
}

redis_address sentinel_defaults(const redis& from) {
  redis_address x;
  x.port = sentinel_port;
  x.user = from.sentinel_user;
  x.password = from.sentinel_password;
  x.connect_timeout = from.connect_timeout;
  x.io_timeout = from.io_timeout;
  x.tls = from.sentinel_tls.enabled;
  return x;
}

redis_address server_defaults(const redis& from) {
  redis_address x;
  x.user = from.user;
  x.password = from.password;
  x.db = from.db;
  x.connect_timeout = from.connect_timeout;
  x.io_timeout = from.io_timeout;
  x.tls = from.tls.enabled;
  return x;
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
                     redis_address& into, sentinel_options* sentinels) {
  if (contains(later_schemes, scheme))
    return std::string{scheme} + ":// is not supported yet";
  if (!contains(plain_schemes, scheme))
    return "the scheme must be redis, rediss, tcp, unix, redis+sentinel or "
           "rediss+sentinel";
  auto [location, options] = split(rest, '?');
  if (options && options->find('@') != options->npos)
    return "a question mark in the user or the password must be written %3F";
  if (auto at = location.rfind('@'); at != location.npos) {
    if (auto wrong = read_login(location.substr(0, at), into); !wrong.empty())
      return wrong;
    location.remove_prefix(at + 1);
  }
  if (scheme.starts_with("rediss"))
    into.tls = true;
  if (!scheme.ends_with("+sentinel"))
    sentinels = nullptr;
  else
    into.port = sentinel_port;
  auto wrong = read_options(options.value_or(""), into, sentinels);
  if (!wrong.empty())
    return wrong;
  if (scheme == "unix")
    return read_unix(location, into);
  auto [host, db] = split(location, '/');
  wrong = read_host(host, false, into.host, into.port);
  if (!wrong.empty())
    return wrong;
  constexpr auto max_db = std::uint32_t{0x7FFFFFFF};
  if (db && !db->empty() && (!read_number(*db, into.db) || into.db > max_db))
    return "the database must be a number: redis://host:6379/0";
  return sentinels ? take_sentinels(*sentinels, into) : "";
}

std::string read_address(std::string_view text, redis_address& into,
                         sentinel_options* sentinels) {
  if (auto at = text.find("://"); at != text.npos)
    return read_url(text.substr(0, at), text.substr(at + 3), into, sentinels);
  if (text.find_first_of("@/?") != text.npos)
    return "must be host:port, or a URL such as redis://host:6379/0";
  if (text.empty())
    return "must not be empty";
  return read_host(text, true, into.host, into.port);
}

error refused(std::string_view text, const std::string& wrong) {
  return {ec::bad_config, quote(without_secrets(text)) + ": " + wrong};
}

result<std::vector<redis_address>>
parse_all(const std::vector<std::string>& texts, const redis& defaults,
          result<redis_address> (*parse)(std::string_view, const redis&)) {
  std::vector<redis_address> out;
  for (const auto& text : texts) {
    auto address = parse(text, defaults);
    if (!address)
      return address.error();
    out.push_back(std::move(*address));
  }
  return out;
}

} // namespace

result<redis_address> parse_redis_address(std::string_view text,
                                          const redis& defaults) {
  auto x = server_defaults(defaults);
  x.master_name = defaults.sentinel_master_name;
  sentinel_options sentinels{sentinel_defaults(defaults), {}};
  if (auto wrong = read_address(text, x, &sentinels); !wrong.empty())
    return refused(text, wrong);
  if (x.sentinels.empty())
    x.master_name.clear();
  return x;
}

result<redis_address> parse_sentinels(std::string_view text,
                                      const redis& defaults) {
  auto x = server_defaults(defaults);
  x.master_name = defaults.sentinel_master_name;
  std::string wrong;
  if (x.master_name.empty())
    wrong = "sentinel_master_name must be set with sentinels";
  for (std::optional<std::string_view> rest = text; rest && wrong.empty();) {
    auto [one, next] = split(*rest, ',');
    rest = next;
    auto sentinel = sentinel_defaults(defaults);
    if (one.find("+sentinel://") != one.npos)
      wrong = "each must be host:port or redis://host:port";
    else
      wrong = read_address(one, sentinel, nullptr);
    x.sentinels.push_back(std::move(sentinel));
  }
  if (!wrong.empty())
    return error{ec::bad_config, shown_sentinels(text) + ": " + wrong};
  return x;
}

result<std::vector<redis_address>> redis_shards(const redis& from) {
  if (!from.sentinel_address.empty())
    return parse_all(from.sentinel_address, from, parse_sentinels);
  if (from.address.empty())
    return parse_all({"127.0.0.1:6379"}, from, parse_redis_address);
  return parse_all(from.address, from, parse_redis_address);
}

result<std::vector<redis_address>> previous_redis_shards(const redis& from) {
  return parse_all(from.previous_address, from, parse_redis_address);
}

std::string to_string(const redis_address& x) {
  std::string out = x.unix_path;
  for (const auto& sentinel : x.sentinels)
    out += (out.empty() ? x.master_name + '@' : ",") + to_string(sentinel);
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

std::string shown_sentinels(std::string_view text) {
  // A comma may be part of a password.
  return text.find('@') == text.npos ? quote(text) : "<hidden>";
}

} // namespace lastseen::config
