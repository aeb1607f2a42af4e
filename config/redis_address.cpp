#include "config/redis_address.hpp"

#include "config/address_parts.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"

#include <optional>
#include <utility>

namespace lastseen::config {

namespace {

constexpr std::uint16_t sentinel_port = 26379;

// sun_path has 108 bytes on Linux, one of them for the terminator.
constexpr std::size_t max_unix_path = 107;

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

// What a URL says of several servers: sentinels, or those of a Cluster.
struct group {
  enum class kind : std::uint8_t { none, sentinels, cluster };

  kind of = kind::none;
  redis_address sentinel; // what sentinels have in common
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

std::string_view allowed_options(group::kind of) {
  switch (of) {
    case group::kind::none:
      break;
    case group::kind::sentinels:
      return "connect_timeout, io_timeout, tls_enabled, sentinel_master_name, "
             "addr, sentinel_user, sentinel_password and sentinel_tls_enabled";
    case group::kind::cluster:
      return "connect_timeout, io_timeout, tls_enabled and addr";
  }
  return "connect_timeout, io_timeout and tls_enabled";
}

std::string read_option(std::string_view name, std::string_view value,
                        redis_address& into, group& servers) {
  if (name == "connect_timeout")
    return read_time(name, value, into.connect_timeout);
  if (name == "io_timeout")
    return read_time(name, value, into.io_timeout);
  if (name == "tls_enabled")
    return read_flag(name, value, into.tls);
  if (name == "force_resp2")
    return "";
  if (name == "replica_client_enabled")
    return "the option " + std::string{name} + " is not supported yet";
  if (servers.of != group::kind::none && name == "addr") {
    servers.more.push_back(value);
    return "";
  }
  if (servers.of == group::kind::sentinels) {
    if (name == "sentinel_master_name")
      return read_text(name, value, into.master_name);
    if (name == "sentinel_user")
      return read_text(name, value, servers.sentinel.user);
    if (name == "sentinel_password")
      return read_text(name, value, servers.sentinel.password);
    if (name == "sentinel_tls_enabled")
      return read_flag(name, value, servers.sentinel.tls);
  }
  return "the option " + quote(name) + " is unknown: "
         + std::string{allowed_options(servers.of)} + " are allowed";
}

std::string read_options(std::string_view x, redis_address& into,
                         group& servers) {
  for (std::optional<std::string_view> rest = x; rest && !rest->empty();) {
    auto [option, next] = split(*rest, '&');
    auto [name, value] = split(option, '=');
    rest = next;
    auto wrong = read_option(name, value.value_or(""), into, servers);
    if (!wrong.empty())
      return wrong;
  }
  return "";
}

std::string make_cluster(std::vector<redis_address> seeds,
                         redis_address& into) {
  for (const auto& seed : seeds)
    if (seed.db != 0)
      return "the database (db) must be 0, since a Cluster has no other";
  into = seeds.front();
  into.host.clear();
  into.unix_path.clear();
  into.port = redis_address{}.port;
  into.seeds = std::move(seeds);
  return "";
}

// The host of `into` is the first of the servers.
std::string take_servers(const group& servers, redis_address& into) {
  auto sentinels = servers.of == group::kind::sentinels;
  if (sentinels && into.master_name.empty())
    return "sentinel_master_name is missing";
  std::vector<redis_address> all;
  auto add = [&](const std::string& host, std::uint16_t port) {
    auto& server = all.emplace_back(sentinels ? servers.sentinel : into);
    server.host = host;
    server.port = port;
  };
  add(into.host, into.port);
  for (auto text : servers.more) {
    redis_address other;
    if (auto wrong = read_host(text, true, other.host, other.port);
        !wrong.empty())
      return "addr: " + wrong;
    add(other.host, other.port);
  }
  if (!sentinels)
    return make_cluster(std::move(all), into);
  into.host.clear();
  into.port = redis_address{}.port;
  into.sentinels = std::move(all);
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
                     redis_address& into, group servers) {
  if (!is_redis_scheme(scheme))
    return "the scheme must be redis, rediss, tcp, unix, redis+sentinel, "
           "rediss+sentinel, redis+cluster or rediss+cluster";
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
  if (scheme.ends_with("+sentinel")) {
    servers.of = group::kind::sentinels;
    into.port = sentinel_port;
  } else if (scheme.ends_with("+cluster")) {
    servers.of = group::kind::cluster;
  }
  auto wrong = read_options(options.value_or(""), into, servers);
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
  return servers.of == group::kind::none ? "" : take_servers(servers, into);
}

std::string read_address(std::string_view text, redis_address& into,
                         group servers = {}) {
  if (auto at = text.find("://"); at != text.npos)
    return read_url(text.substr(0, at), text.substr(at + 3), into,
                    std::move(servers));
  if (text.find_first_of("@/?") != text.npos)
    return "must be host:port, or a URL such as redis://host:6379/0";
  if (text.empty())
    return "must not be empty";
  return read_host(text, true, into.host, into.port);
}

// Reads addresses with commas between. @returns what is wrong.
std::string read_list(std::string_view text, const redis_address& defaults,
                      std::vector<redis_address>& into) {
  for (std::optional<std::string_view> rest = text; rest;) {
    auto [one, next] = split(*rest, ',');
    rest = next;
    if (auto scheme = one.substr(0, one.find("://"));
        scheme.find('+') != scheme.npos)
      return "each must be host:port or redis://host:port";
    auto& server = into.emplace_back(defaults);
    if (auto wrong = read_address(one, server); !wrong.empty())
      return wrong;
  }
  return "";
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
  group servers;
  servers.sentinel = sentinel_defaults(defaults);
  if (auto wrong = read_address(text, x, std::move(servers)); !wrong.empty())
    return refused(text, wrong);
  if (x.sentinels.empty())
    x.master_name.clear();
  return x;
}

result<redis_address> parse_sentinels(std::string_view text,
                                      const redis& defaults) {
  auto x = server_defaults(defaults);
  x.master_name = defaults.sentinel_master_name;
  auto wrong = x.master_name.empty()
                 ? "sentinel_master_name must be set with sentinels"
                 : read_list(text, sentinel_defaults(defaults), x.sentinels);
  if (!wrong.empty())
    return error{ec::bad_config, shown_list(text) + ": " + wrong};
  return x;
}

result<redis_address> parse_cluster(std::string_view text,
                                    const redis& defaults) {
  redis_address x;
  std::vector<redis_address> seeds;
  auto wrong = read_list(text, server_defaults(defaults), seeds);
  if (wrong.empty())
    wrong = make_cluster(std::move(seeds), x);
  if (!wrong.empty())
    return error{ec::bad_config, shown_list(text) + ": " + wrong};
  return x;
}

result<std::vector<redis_address>> redis_shards(const redis& from) {
  if (!from.cluster_address.empty())
    return parse_all(from.cluster_address, from, parse_cluster);
  if (!from.sentinel_address.empty())
    return parse_all(from.sentinel_address, from, parse_sentinels);
  if (from.address.empty())
    return parse_all({"127.0.0.1:6379"}, from, parse_redis_address);
  return parse_all(from.address, from, parse_redis_address);
}

result<std::vector<redis_address>> previous_redis_shards(const redis& from) {
  return parse_all(from.previous_address, from, parse_redis_address);
}

} // namespace lastseen::config
