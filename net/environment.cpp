#include "net/environment.hpp"

#include <caf/send.hpp>
#include <re2/re2.h>

#include <chrono>
#include <utility>

namespace lastseen {

namespace {

// Longer ones are cut, as in Centrifugo.
constexpr std::chrono::seconds max_ttl = std::chrono::hours{24 * 365};

std::function<result<identity>(std::string_view, local_time)>
make_authenticator(token_verifier verifier, bool insecure) {
  return
    [verifier = std::make_shared<const token_verifier>(std::move(verifier)),
     insecure](std::string_view token, local_time since) -> result<identity> {
      auto now = std::chrono::system_clock::now();
      auto claims = verifier->verify(token, now, since);
      if (!claims)
        return claims.error();
      identity out{std::move(claims->user), std::nullopt};
      if (claims->expires_at && !insecure) {
        auto ttl =
          std::chrono::ceil<std::chrono::seconds>(*claims->expires_at - now);
        out.ttl = std::min(ttl, max_ttl);
      }
      return out;
    };
}

rate_limit make_limit(const config::rate& x) {
  return {x.per_second, x.burst};
}

std::unique_ptr<user_registry> make_users(const config::client& x) {
  user_limits limits{x.user_connection_limit,
                     make_limit(x.rate_limit.user_command),
                     make_limit(x.rate_limit.user_update_user_status)};
  return limits.any() ? std::make_unique<user_registry>(limits) : nullptr;
}

session_options make_session_options(const config::settings& x,
                                     std::shared_ptr<const re2::RE2> regex) {
  session_options out;
  out.ping_interval = x.client.ping_interval;
  out.pong_timeout = x.client.pong_timeout;
  out.stale_close_delay = x.client.stale_close_delay;
  out.expired_close_delay = x.client.expired_close_delay;
  out.timeout = x.user_status.timeout;
  out.anonymous =
    x.client.insecure || x.client.allow_anonymous_connect_without_token;
  out.disallow_anonymous_tokens = x.client.disallow_anonymous_connection_tokens;
  out.commands = make_limit(x.client.rate_limit.client_command);
  out.updates = make_limit(x.client.rate_limit.client_update_user_status);
  out.enabled = x.user_status.enabled;
  out.client_updates = !x.user_status.disable_for_client;
  out.version = "lastseen " LASTSEEN_VERSION;
  if (regex)
    out.state_allowed = [regex = std::move(regex)](std::string_view state) {
      return server_api::validate_state(state, regex.get()).has_value();
    };
  return out;
}

std::shared_ptr<const std::vector<std::string>>
api_keys_of(const config::http_api& x) {
  auto keys = x.keys;
  keys.push_back(x.key);
  return std::make_shared<const std::vector<std::string>>(std::move(keys));
}

} // namespace

void reload(environment& env, const config::settings& settings) {
  env.api_keys = api_keys_of(settings.http_api);
}

result<std::unique_ptr<environment>>
make_environment(const config::settings& settings,
                 std::shared_ptr<directory> actors) {
  const auto& token = settings.client.token;
  std::shared_ptr<key_service> keys;
  if (!token.jwks_public_endpoint.empty()) {
    auto url = parse_http_url(token.jwks_public_endpoint);
    if (!url)
      return error{ec::bad_config,
                   "client.token.jwks_public_endpoint: must be a URL such as "
                   "https://example.com/.well-known/jwks.json"};
    keys = std::make_shared<key_service>(std::move(*url));
  }
  auto verifier = token_verifier::make(token, keys);
  if (!verifier)
    return verifier.error();
  std::shared_ptr<const re2::RE2> regex;
  if (!settings.user_status.state_regex.empty())
    regex = std::make_shared<re2::RE2>(settings.user_status.state_regex);
  // No make_unique: atomics cannot be moved.
  auto out = std::unique_ptr<environment>(new environment{
    .settings = settings,
    .directory = actors,
    .connections = {make_session_options(settings, regex), actors},
    .state_regex = regex,
    .limits = {settings.user_status.max_users_per_request, regex.get()},
    .api_keys = api_keys_of(settings.http_api),
    .node = make_node_identity(settings.http_server.port),
  });
  out->connections.session.authenticate =
    make_authenticator(std::move(*verifier), settings.client.insecure);
  out->connections.session.counters = &out->client_counters;
  out->users = make_users(settings.client);
  out->connections.session.users = out->users.get();
  out->gate.limit(settings.client);
  out->keys = keys;
  if (keys)
    out->connections.await_keys = [keys](const connection_actor& who) {
      keys->await([who] { caf::anon_send(who, keys_atom_v); });
    };
  return out;
}

} // namespace lastseen
