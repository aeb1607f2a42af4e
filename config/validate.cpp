#include "config/validate.hpp"

#include "config/assign.hpp"
#include "config/duration.hpp"
#include "config/handler_paths.hpp"
#include "config/redis_address.hpp"
#include "config/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <set>

namespace lastseen::config {

namespace {

// REQUIRES: an IP address, or empty.
bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

// The checks of one tree; each returns the first thing that is not allowed.
class checks {
public:
  checks(const settings& x, const origins& from) : x_{x}, from_{from} {
    // nop
  }

  std::optional<error> run() {
    if (auto wrong = each_value())
      return wrong;
    if (auto wrong = times())
      return wrong;
    if (auto wrong = regexes())
      return wrong;
    if (auto wrong = token())
      return wrong;
    if (auto wrong = redis())
      return wrong;
    if (auto wrong = tls())
      return wrong;
    if (auto wrong = grpc_api())
      return wrong;
    if (auto wrong = check_handler_paths(x_, from_))
      return wrong;
    access();
    limits();
    return std::nullopt;
  }

  std::vector<std::string>& warnings() {
    return warnings_;
  }

private:
  std::string origin(std::string_view key) const {
    return origin_of(key, from_);
  }

  // `key = value (origin)`.
  std::string name(std::string_view key) {
    return std::string{key} + " = " + shown(*find_field(key), x_) + " ("
           + origin(key) + ')';
  }

  error bad(std::string_view key, const std::string& allowed) {
    return bad_value(key, shown(*find_field(key), x_), origin(key), allowed);
  }

  void warn(std::string text) {
    warnings_.push_back(std::move(text));
  }

  std::optional<error> each_value() {
    for (const auto& f : fields())
      if (!is_allowed(f, x_))
        return bad(f.key, allowed(f));
    return std::nullopt;
  }

  std::optional<error> times() {
    const auto& client = x_.client;
    const auto& status = x_.user_status;
    if (client.ping_interval <= client.pong_timeout)
      return bad("client.ping_interval",
                 "longer than " + name("client.pong_timeout"));
    if (status.delete_guard > status.expire_interval)
      return bad("user_status.delete_guard",
                 "at most " + name("user_status.expire_interval"));
    if (client.ping_interval % std::chrono::seconds{1} != milliseconds{0})
      warn(name("client.ping_interval")
           + ": clients are told whole seconds only, rounded up");
    // The defaults are a choice: pongs rarely come that unevenly.
    auto steady = client.ping_interval - client.pong_timeout;
    auto chosen = from_.contains("user_status.online_interval")
                  || from_.contains("client.ping_interval")
                  || from_.contains("client.pong_timeout");
    if (chosen && status.online_interval > steady)
      warn(name("user_status.online_interval")
           + ": is longer than client.ping_interval less client.pong_timeout ("
           + to_string(steady) + "), so that signs of life may be left out");
    if (status.expire_interval < client.ping_interval + client.pong_timeout)
      warn(name("user_status.expire_interval")
           + ": a connected user is forgotten between two pings");
    auto delay =
      status.debounce_interval + status.flush_interval + status.timeout;
    if (status.delete_guard < delay)
      warn(name("user_status.delete_guard")
           + ": an update may wait longer than that for the store ("
           + to_string(delay) + "), and is dropped then");
    return std::nullopt;
  }

  std::optional<error> regexes() {
    const auto& token = x_.client.token;
    if (auto wrong =
          regex("user_status.state_regex", x_.user_status.state_regex))
      return wrong;
    if (auto wrong = regex("client.token.audience_regex", token.audience_regex))
      return wrong;
    return regex("client.token.issuer_regex", token.issuer_regex);
  }

  std::optional<error> regex(std::string_view key, const std::string& text) {
    RE2::Options options;
    options.set_log_errors(false);
    RE2 regex{text, options};
    if (!regex.ok())
      return bad(key, "a regular expression of RE2: " + quote(regex.error()));
    return std::nullopt;
  }

  std::optional<error> token() {
    const auto& token = x_.client.token;
    if (!token.audience.empty() && !token.audience_regex.empty())
      return bad("client.token.audience_regex",
                 "empty, since " + name("client.token.audience") + " is set");
    if (!token.issuer.empty() && !token.issuer_regex.empty())
      return bad("client.token.issuer_regex",
                 "empty, since " + name("client.token.issuer") + " is set");
    if (!token.jwks_public_endpoint.empty()
        && !(token.hmac_secret_key.empty() && token.rsa_public_key.empty()
             && token.ecdsa_public_key.empty()
             && token.eddsa_public_key.empty()))
      warn(name("client.token.jwks_public_endpoint")
           + ": the other keys of client.token are not used with it");
    return std::nullopt;
  }

  bool knows_users() const {
    const auto& token = x_.client.token;
    return !token.hmac_secret_key.empty() || !token.rsa_public_key.empty()
           || !token.ecdsa_public_key.empty() || !token.eddsa_public_key.empty()
           || !token.jwks_public_endpoint.empty()
           || !x_.client.user_id_http_header.empty();
  }

  std::optional<error> redis() {
    const auto& redis = x_.user_status.redis;
    constexpr std::string_view previous = "user_status.redis.previous_address";
    struct {
      std::string_view key;
      const std::vector<std::string>& texts;
      result<redis_address> (*parse)(std::string_view, const config::redis&);
    } const lists[] = {
      {"user_status.redis.cluster_address", redis.cluster_address,
       parse_cluster},
      {"user_status.redis.sentinel_address", redis.sentinel_address,
       parse_sentinels},
      {"user_status.redis.address", redis.address, parse_redis_address},
    };
    std::string_view used;
    for (const auto& list : lists) {
      if (list.texts.empty())
        continue;
      if (!used.empty()) {
        if (from_.contains(list.key))
          warn(name(list.key) + ": not used, since " + std::string{used}
               + " is set");
        continue;
      }
      used = list.key;
      if (auto wrong = addresses(list.key, list.texts, list.parse))
        return wrong;
    }
    if (auto wrong =
          addresses(previous, redis.previous_address, parse_redis_address))
      return wrong;
    if (!redis.previous_address.empty()
        && names(*redis_shards(redis)) == names(*previous_redis_shards(redis)))
      warn(name(previous) + ": is the same list as " + std::string{used}
           + "; no user moves");
    return std::nullopt;
  }

  static std::vector<std::string>
  names(const std::vector<redis_address>& addresses) {
    std::vector<std::string> out;
    out.reserve(addresses.size());
    for (const auto& x : addresses)
      out.push_back(to_string(x));
    return out;
  }

  std::optional<error> addresses(
    std::string_view key, const std::vector<std::string>& texts,
    result<redis_address> (*parse)(std::string_view, const config::redis&)) {
    auto prefix = std::string{key} + " (" + origin(key) + "): ";
    std::set<std::string> seen;
    for (const auto& text : texts) {
      auto address = parse(text, x_.user_status.redis);
      if (!address)
        return error{ec::bad_config, prefix + address.error().what};
      auto name = to_string(*address);
      // Of a Cluster every server counts: any of them leads to all users.
      for (const auto& server :
           address->seeds.empty() ? std::vector{*address} : address->seeds)
        if (!seen.insert(to_string(server)).second)
          return error{ec::bad_config,
                       prefix + quote(to_string(server))
                         + " is there twice: must be once, as each shard has "
                           "users of its own"};
      if (!address->user.empty() && address->password.empty())
        warn(prefix + quote(name) + " has a user and no password");
    }
    return std::nullopt;
  }

  std::optional<error> tls() {
    const auto& redis = x_.user_status.redis;
    if (auto wrong = tls("user_status.redis.tls.", redis.tls))
      return wrong;
    if (auto wrong = tls("user_status.redis.sentinel_tls.", redis.sentinel_tls))
      return wrong;
    if (auto wrong = tls("http_server.tls.", x_.http_server.tls))
      return wrong;
    if (auto wrong =
          tls("http_server.internal_tls.", x_.http_server.internal_tls))
      return wrong;
    return tls("grpc_api.tls.", x_.grpc_api.tls);
  }

  template <class Tls>
  std::optional<error> pair(const std::string& prefix, const Tls& tls) {
    if (tls.cert_pem.empty() == tls.key_pem.empty())
      return std::nullopt;
    return bad(prefix + (tls.cert_pem.empty() ? "cert_pem" : "key_pem"),
               "set, as the other of cert_pem and key_pem is");
  }

  std::optional<error> tls(const std::string& prefix, const server_tls& tls) {
    if (tls.enabled && tls.cert_pem.empty())
      return bad(prefix + "cert_pem", "set, as " + name(prefix + "enabled"));
    return pair(prefix, tls);
  }

  std::optional<error> tls(const std::string& prefix, const config::tls& tls) {
    if (auto wrong = pair(prefix, tls))
      return wrong;
    if (tls.insecure_skip_verify)
      warn(name(prefix + "insecure_skip_verify")
           + ": any server may pass for Redis; for development only");
    return std::nullopt;
  }

  std::optional<error> grpc_api() {
    const auto& api = x_.grpc_api;
    auto asks_clients = api.tls.enabled && !api.tls.client_ca_pem.empty();
    if (!api.enabled || has_key(api.key, api.keys) || asks_clients)
      return std::nullopt;
    if (!api.insecure && !is_loopback(api.address))
      return bad("grpc_api.key", "set, since " + name("grpc_api.address")
                                   + " can be reached from other machines; or "
                                     "else grpc_api.tls.client_ca_pem, or "
                                     "grpc_api.insecure");
    warn("grpc_api.key is empty: the server API over gRPC is open to everyone "
         "who can reach it");
    return std::nullopt;
  }

  static bool has_key(const std::string& key,
                      const std::vector<std::string>& keys) {
    return !key.empty() || std::ranges::any_of(keys, [](const auto& x) {
      return !x.empty();
    });
  }

  void access() {
    const auto& client = x_.client;
    if (x_.http_api.insecure)
      warn(name("http_api.insecure")
           + ": the server API is open to everyone who can reach it");
    else if (!has_key(x_.http_api.key, x_.http_api.keys))
      warn("http_api.key is empty: every call of the server API will get 401");
    if (client.insecure)
      warn(name("client.insecure")
           + ": clients connect without a token; for development only");
    else if (!knows_users() && !client.allow_anonymous_connect_without_token)
      warn("client.token has no key: no client can connect");
    if (std::ranges::find(client.allowed_origins, "*")
        != client.allowed_origins.end())
      warn(name("client.allowed_origins")
           + ": every web site may connect its visitors");
  }

  void limits() {
    const auto& status = x_.user_status;
    if (status.max_users_per_request > status.max_pending_users)
      warn(name("user_status.max_users_per_request")
           + ": an update of so many users is refused, since it is more than "
           + name("user_status.max_pending_users"));
    if (status.lanes != 1 && x_.store == store_kind::embedded)
      warn(name("user_status.lanes") + ": not used by the embedded store");
  }

  settings x_;
  const origins& from_;
  std::vector<std::string> warnings_;
};

} // namespace

result<std::vector<std::string>> validate(const settings& x,
                                          const origins& from) {
  checks all{x, from};
  if (auto wrong = all.run())
    return std::move(*wrong);
  return std::move(all.warnings());
}

std::string origin_of(std::string_view key, const origins& from) {
  auto i = from.find(key);
  return i == from.end() ? "default" : i->second;
}

error bad_value(std::string_view key, const std::string& value,
                const std::string& origin, const std::string& allowed) {
  return {ec::bad_config, std::string{key} + " = " + value + " (" + origin
                            + "): must be " + allowed};
}

} // namespace lastseen::config
