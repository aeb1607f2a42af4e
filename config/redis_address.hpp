#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::config {

/// How to reach and enter a Redis server (a fixed one, or the one that
/// sentinels call the master) or a Cluster.
struct redis_address {
  /// A name or an IP address, IPv6 without brackets; empty with `unix_path`,
  /// `sentinels` and `seeds`.
  std::string host;
  std::uint16_t port = 6379;
  /// The path of a Unix socket; empty: TCP.
  std::string unix_path;
  /// The ACL user; empty: the default user.
  std::string user;
  /// Empty: no AUTH, unless there is a user.
  std::string password;
  std::uint32_t db = 0;
  milliseconds connect_timeout = std::chrono::seconds{1};
  milliseconds io_timeout = std::chrono::seconds{4};
  /// Whether the connection is encrypted; how is not a matter of the address.
  bool tls = false;
  /// Whom to ask where the server is, and for what name; none: it is known.
  /// They have logins of their own.
  std::vector<redis_address> sentinels;
  std::string master_name;
  /// Servers of a Cluster, which tell of the others; none: it is no Cluster.
  /// All that is said above of entering is of the first of them.
  std::vector<redis_address> seeds;

  friend bool operator==(const redis_address&, const redis_address&) = default;
};

/// Reads an address (contract B.6.2):
///
///     host:port
///     (tcp|redis|rediss)://[user[:password]@]host[:port][/db][?options]
///     unix://[user[:password]@]/path[?options]
///     (redis|rediss)+sentinel://[user[:password]@]host[:port][/db]?options
///     (redis|rediss)+cluster://[user[:password]@]host[:port][?options]
///
/// IPv6 stands in brackets; an empty host is 127.0.0.1, a URL's port 6379
/// unless given. User, password and path may hold percent escapes. Options:
/// connect_timeout and io_timeout (durations), tls_enabled (as `rediss` is),
/// force_resp2 (no effect). Of a sentinel's URL, whose port is 26379 unless
/// given, all but host and port is of the master; its options are also
/// sentinel_master_name, addr (`host:port` of another sentinel, repeatable),
/// sentinel_user, sentinel_password and sentinel_tls_enabled. A Cluster's URL
/// names one of its servers, its option `addr` (`host:port`, repeatable) more
/// of them; its database is 0. What the address leaves open is taken from
/// `defaults`.
/// @returns `ec::bad_config` that says what is wrong, without the password.
result<redis_address> parse_redis_address(std::string_view text,
                                          const redis& defaults = {});

/// Reads the sentinels of one shard: addresses as above, but no URLs of
/// sentinels, with commas between. Their master is `defaults`'s.
result<redis_address> parse_sentinels(std::string_view text,
                                      const redis& defaults);

/// Reads servers of one Cluster, likewise: no URLs of sentinels or Clusters.
result<redis_address> parse_cluster(std::string_view text,
                                    const redis& defaults);

/// The addresses of all shards, in order: those of `cluster_address`, or else
/// of `sentinel_address`, or else of `address`; `127.0.0.1:6379` when there is
/// none.
result<std::vector<redis_address>> redis_shards(const redis& from);

/// The addresses of all shards before `address` changed; none when it does not
/// change.
result<std::vector<redis_address>> previous_redis_shards(const redis& from);

/// `10.0.0.5:6379`, `[::1]:6379`, `/run/redis.sock`,
/// `mymaster@10.0.0.5:26379,10.0.0.6:26379`, with `/db` unless that is 0;
/// `cluster 10.0.0.5:7000,10.0.0.6:7000`: for logs and errors. No secrets.
std::string to_string(const redis_address& x);

/// What may be shown of the text of an address, right or wrong: user, password
/// and options are left out.
std::string without_secrets(std::string_view text);

/// Likewise of an entry of `sentinel_address` or `cluster_address`, in quotes.
std::string shown_list(std::string_view text);

} // namespace lastseen::config
