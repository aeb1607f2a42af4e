#include "net/environment.hpp"

#include "net/api/json_request.hpp"

#include <caf/send.hpp>
#include <re2/re2.h>

#include <utility>

namespace lastseen {

namespace {

rate_limit make_limit(const config::rate& x) {
  return {x.per_second, x.burst};
}

user_limits make_user_limits(const config::client& x) {
  return {x.user_connection_limit, make_limit(x.rate_limit.user_command),
          make_limit(x.rate_limit.user_update_user_status)};
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

// Of http_api or grpc_api.
template <class Api>
std::shared_ptr<const std::vector<std::string>> api_keys_of(const Api& x) {
  auto keys = x.keys;
  keys.push_back(x.key);
  std::erase(keys, "");
  return std::make_shared<const std::vector<std::string>>(std::move(keys));
}

std::shared_ptr<const connection_env>
make_connection_env(environment& env, const config::settings& settings) {
  auto out = std::make_shared<connection_env>();
  out->session = make_session_options(settings, env.state_regex);
  out->session.authenticate = [&env](std::string_view token, local_time since) {
    return env.tokens(token, since);
  };
  out->session.counters = &env.client_counters;
  out->session.connected_users = &env.connected_users;
  if (make_user_limits(settings.client).any())
    out->session.users = &env.users;
  out->directory = env.directory;
  out->await_keys = [&env](const connection_actor& who) {
    env.tokens.await_keys([who] { caf::anon_send(who, keys_atom_v); });
  };
  return out;
}

} // namespace

result<void> reload(environment& env, const config::settings& settings) {
  auto keys = env.tokens.read(settings.client);
  if (!keys)
    return keys.error();
  env.tokens.use(std::move(*keys));
  env.api_keys = api_keys_of(settings.http_api);
  auto grpc_keys = api_keys_of(settings.grpc_api);
  if (auto old = env.grpc_keys.load();
      old && !old->empty() && grpc_keys->empty())
    log_event(log_level::warn, "the keys of grpc_api stay: that none is asked "
                               "for takes a restart");
  else
    env.grpc_keys = std::move(grpc_keys);
  env.gate.limit(settings.client);
  env.users.limit(make_user_limits(settings.client));
  auto& live = env.live;
  live.max_body_size = settings.http_server.max_body_size;
  live.message_size_limit = settings.websocket.message_size_limit;
  live.decompressed_message_size_limit =
    settings.websocket.decompressed_message_size_limit;
  live.write_timeout = settings.websocket.write_timeout;
  live.queue_max_size = settings.client.queue_max_size;
  live.max_users_per_request = settings.user_status.max_users_per_request;
  live.http_stream = settings.http_stream.max_request_body_size;
  live.sse = settings.sse.max_request_body_size;
  live.emulation = settings.emulation.max_request_body_size;
  live.uni_http_stream = settings.uni_http_stream.max_request_body_size;
  live.uni_sse = settings.uni_sse.max_request_body_size;
  env.connections = make_connection_env(env, settings);
  return {};
}

result<std::unique_ptr<environment>>
make_environment(const config::settings& settings,
                 std::shared_ptr<directory> actors) {
  std::shared_ptr<const re2::RE2> regex;
  if (!settings.user_status.state_regex.empty())
    regex = std::make_shared<re2::RE2>(settings.user_status.state_regex);
  // No make_unique: atomics cannot be moved.
  auto out = std::unique_ptr<environment>(new environment{
    .settings = settings,
    .directory = std::move(actors),
    .state_regex = std::move(regex),
    .node = make_node_identity(settings.http_server.port),
  });
  if (auto done = reload(*out, settings); !done)
    return done.error();
  return out;
}

} // namespace lastseen
