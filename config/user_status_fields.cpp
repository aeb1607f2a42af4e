#include "config/field_table.hpp"

#include <algorithm>
#include <array>

namespace lastseen::config {

namespace {

constexpr std::uint64_t second = 1000;

// Redis: CLIENT SETNAME refuses anything else.
bool is_client_name(std::string_view x) {
  return std::ranges::all_of(x, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_host_name(std::string_view x) {
  return std::ranges::all_of(x, [](char c) { return c > ' ' && c <= '~'; });
}

constexpr auto table = std::to_array<field>({
  {KEY(user_status.enabled),
   .doc = "Whether statuses are kept; `false`: all calls are answered with "
          "error 108. `true`, when written out, also means Redis: see above."},
  {KEY(user_status.expire_interval),
   .doc = "A user is forgotten this long after the last update.",
   .min = second},
  {KEY(user_status.online_interval),
   .doc = "Least time between two writes of `online` for a connected user. "
          "Best at most `client.ping_interval` less `client.pong_timeout`, so "
          "that no sign of life is left out. 0: every one is written.",
   .min = 0},
  {KEY(user_status.debounce_interval),
   .doc = "Least time between two writes of one user that its clients cause. "
          "0: every one is written.",
   .min = 0},
  {KEY(user_status.flush_interval),
   .doc = "Time between two batches to a shard. 0: the next one starts as soon "
          "as the one before it is acknowledged.",
   .min = 0},
  {KEY(user_status.max_batch), .doc = "Users in one batch.", .max = 4096},
  {KEY(user_status.timeout),
   .doc = "Deadline of a call of the server API; after it the call fails with "
          "error 100."},
  {KEY(user_status.max_pending_users),
   .doc = "Users whose updates may wait for a shard to acknowledge them; "
          "updates of more users are refused.",
   .max = 100'000'000},
  {KEY(user_status.max_users_per_request),
   .doc = "Users that one call of the server API may name.", .max = 1'000'000},
  {KEY(user_status.delete_guard),
   .doc = "How long a delete is remembered, so that an older update that "
          "arrives late does not undo it. An update that waits longer for the "
          "store may be dropped. At most `user_status.expire_interval`, to "
          "which the default is lowered.",
   .min = second},
  {KEY(user_status.lanes),
   .doc = "Among how many actors the users of a shard are divided, each with "
          "connections of its own and an equal part of "
          "`user_status.max_pending_users`; for one shard that is faster than "
          "one core of this machine. The default is 4 where "
          "`user_status.redis` names a Cluster. Not for the embedded store.",
   .max = 64},
  {KEY(user_status.state_regex),
   .doc = "What a state must match: RE2 syntax, anywhere in the state unless "
          "anchored with `^` and `$`. Empty: any state."},
  {KEY(user_status.disable_for_client),
   .doc = "Only the server API sets statuses; the clients' call is answered "
          "with error 108."},
  {KEY(user_status.redis.address),
   .doc = "One Redis per shard; the order decides which user is where. "
          "`host:port`, `redis://[user[:password]@]host[:port][/db]`, or "
          "`unix:///path`; a URL may end in `?connect_timeout=1s&io_timeout="
          "4s`. Empty: `127.0.0.1:6379`.",
   .rule = "a list of addresses such as `10.0.0.5:6379`"},
  {KEY(user_status.redis.previous_address),
   .doc = "While the list of `user_status.redis.address` changes: the list "
          "before. Users whose shard is another one now are read from and "
          "written to both; see docs/redis.md. Empty: the list does not "
          "change.",
   .rule = "a list of addresses such as `10.0.0.5:6379`"},
  {KEY(user_status.redis.prefix),
   .doc = "What all keys in Redis begin with, followed by a dot.",
   .valid = is_name, .rule = "text without control characters, and not empty"},
  {KEY(user_status.redis.user),
   .doc = "The ACL user. Empty: the default user."},
  {KEY(user_status.redis.password), .doc = "Empty: no `AUTH` is sent.",
   .secret = true},
  {KEY(user_status.redis.db), .doc = "The number of the database.", .min = 0,
   .max = std::numeric_limits<std::int32_t>::max()},
  {KEY(user_status.redis.client_name),
   .doc = "The name that Redis shows in `CLIENT LIST`. Empty: none.",
   .valid = is_client_name, .rule = "printable ASCII without spaces"},
  {KEY(user_status.redis.connect_timeout),
   .doc = "Time for a connection to be ready, `AUTH` included."},
  {KEY(user_status.redis.io_timeout),
   .doc = "Time for one command to be answered; after it the connection is "
          "made anew."},
  {KEY(user_status.redis.tls.enabled),
   .doc = "Connections are encrypted (TLS 1.2 or later), also those of "
          "addresses that do not begin with `rediss://`."},
  {KEY(user_status.redis.tls.server_ca_pem),
   .doc = "The certificate authorities that are trusted: PEM, its base64, or "
          "the path of a file. Empty: those of the system."},
  {KEY(user_status.redis.tls.cert_pem),
   .doc = "The certificate that is shown to Redis: PEM, its base64, or the "
          "path of a file. Empty: none."},
  {KEY(user_status.redis.tls.key_pem),
   .doc = "The key of that certificate, likewise.", .secret = true},
  {KEY(user_status.redis.tls.server_name),
   .doc = "The name that the certificate of Redis must have. Empty: the host "
          "of the address.",
   .valid = is_host_name, .rule = "a host name or an IP address"},
  {KEY(user_status.redis.tls.insecure_skip_verify),
   .doc = "Any certificate of Redis is accepted. For development only."},
  {KEY(user_status.redis.wait_replicas),
   .doc = "An update or delete by the server API is answered once so many "
          "replicas have it (`WAIT`), and fails with error 100 when they do "
          "not within half a second. 0: what the master answered may be lost "
          "in a failover.",
   .min = 0, .max = std::numeric_limits<std::int32_t>::max()},
  {KEY(user_status.redis.sentinel_address),
   .doc = "One entry per shard: the sentinels of its master, with commas "
          "between, as `10.0.0.5:26379,10.0.0.6:26379`. Used instead of "
          "`user_status.redis.address`.",
   .rule = "a list of sentinels such as `10.0.0.5:26379,10.0.0.6:26379`"},
  {KEY(user_status.redis.sentinel_master_name),
   .doc = "How the sentinels call the master. Masters of other names are "
          "given as `redis+sentinel://host:port?sentinel_master_name=...` in "
          "`user_status.redis.address`.",
   .valid = is_client_name, .rule = "printable ASCII without spaces"},
  {KEY(user_status.redis.sentinel_user),
   .doc = "The ACL user of the sentinels. Empty: the default user."},
  {KEY(user_status.redis.sentinel_password),
   .doc = "The password of the sentinels. Empty: no `AUTH` is sent.",
   .secret = true},
  {KEY(user_status.redis.sentinel_client_name),
   .doc = "The name that the sentinels show in `CLIENT LIST`. Empty: none.",
   .valid = is_client_name, .rule = "printable ASCII without spaces"},
  {KEY(user_status.redis.sentinel_tls.enabled),
   .doc = "Connections to sentinels are encrypted."},
  {KEY(user_status.redis.sentinel_tls.server_ca_pem),
   .doc = "As `user_status.redis.tls.server_ca_pem`, for sentinels."},
  {KEY(user_status.redis.sentinel_tls.cert_pem),
   .doc = "As `user_status.redis.tls.cert_pem`, for sentinels."},
  {KEY(user_status.redis.sentinel_tls.key_pem),
   .doc = "As `user_status.redis.tls.key_pem`, for sentinels.", .secret = true},
  {KEY(user_status.redis.sentinel_tls.server_name),
   .doc = "The name that the certificates of the sentinels must have. Empty: "
          "the host of the address.",
   .valid = is_host_name, .rule = "a host name or an IP address"},
  {KEY(user_status.redis.sentinel_tls.insecure_skip_verify),
   .doc = "Any certificate of a sentinel is accepted. For development only."},
  {KEY(user_status.redis.cluster_address),
   .doc = "One entry per shard: servers of its Redis Cluster, with commas "
          "between, as `10.0.0.5:6379,10.0.0.6:6379`; they tell of the others. "
          "Used instead of `user_status.redis.sentinel_address` and "
          "`user_status.redis.address`.",
   .rule = "a list of servers such as `10.0.0.5:6379,10.0.0.6:6379`"},
  {KEY(user_status.redis.reuse_from_engine),
   .doc = "What is not given here is taken from the same keys below "
          "`engine.redis`."},
  {KEY(user_status.embedded.path),
   .doc = "The SQLite file of the embedded store, in the working directory "
          "unless absolute. `:memory:`: nothing outlives the process.",
   .valid = is_name,
   .rule = "a path without control characters, or `:memory:`"},
});

#undef KEY

} // namespace

std::span<const field> user_status_fields() {
  return table;
}

} // namespace lastseen::config
