#include "net/api/http_api.hpp"

#include "net/api/json_legacy.hpp"
#include "net/api/json_response.hpp"
#include "net/auth/api_key.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lastseen::server_api {

namespace {

constexpr std::string_view prefix = "/api";
constexpr std::string_view json = "application/json";
constexpr std::string_view text = "text/plain; charset=utf-8";

using method = api_request::method;

struct problem {
  error_code code;
  std::string message;
};

std::optional<method> method_of(std::string_view name) {
  if (name == "get_user_status")
    return method::read;
  if (name == "update_user_status")
    return method::update;
  if (name == "delete_user_status")
    return method::remove;
  return std::nullopt;
}

std::optional<method> method_of(legacy_method x) {
  switch (x) {
    case legacy_method::get_user_status:
      return method::read;
    case legacy_method::update_user_status:
      return method::update;
    case legacy_method::delete_user_status:
      return method::remove;
    default:
      return std::nullopt;
  }
}

std::string_view name_of(method what) {
  switch (what) {
    case method::read:
      return "get_user_status";
    case method::update:
      return "update_user_status";
    case method::remove:
      return "delete_user_status";
  }
  return {};
}

http_answer bad_body(const error& why) {
  return {400, text, "Bad Request: " + why.what + "\n"};
}

/// Why a decoded call may not run; nothing if it may.
std::optional<problem> check(const environment& env, method what,
                             status_request& request) {
  if (!env.settings.user_status.enabled)
    return problem{error_code::not_available,
                   std::string{message_of(error_code::not_available)}};
  if (what != method::update)
    request.state.reset();
  if (auto valid = validate(request, env.limits); !valid)
    return problem{error_code::bad_request, valid.error().what};
  return std::nullopt;
}

/// Counts a failure at a store, and logs it with the request's ID. In an outage
/// every call fails: one line a second is enough.
void note_failure(environment& env, method what, std::string_view request_id,
                  const api_response& x) {
  if (!x.failure && x.failed.empty())
    return;
  env.api_counters.add(what, error_code::internal);
  auto skipped = env.failure_log.pass(boot_clock::now());
  if (!skipped)
    return;
  const auto& why = x.failure ? x.failure->what : x.failed.front().why.what;
  log_event(log_level::warn, "call failed",
            {{"method", std::string{name_of(what)}},
             {"request_id", std::string{request_id}},
             {"why", why},
             {"not_logged", std::to_string(*skipped)}});
}

/// Has a call carried out.
void run(environment& env, method what, status_request&& request,
         std::string_view request_id, api_callback done) {
  ++env.calls;
  env.api_counters[what].users += request.users.size();
  api_call call{
    {what, std::move(request.users), std::move(request.state),
     request.allow_partial},
    [&env, what, began = boot_clock::now(), id = std::string{request_id},
     done = std::move(done)](api_response x) {
      env.api_counters[what].latency.observe(boot_clock::now() - began);
      note_failure(env, what, id, x);
      done(std::move(x));
      --env.calls;
    }};
  caf::anon_send(env.directory->api(), std::move(call));
}

/// Appends the reply to a call that was carried out.
void append_reply(std::string& out, method what, const api_response& x,
                  std::uint32_t id = 0) {
  auto message_for = [](const error& why) {
    return std::string{message_of(error_code::internal)} + ": " + why.what;
  };
  if (x.failure)
    return append_error(out, error_code::internal, message_for(*x.failure), id);
  if (what != method::read)
    return append_ok(out, id);
  if (x.failed.empty())
    return append_result(out, x.users, x.records, {}, id);
  std::vector<std::string> messages;
  messages.reserve(x.failed.size());
  std::vector<std::string_view> failures(x.users.size());
  for (const auto& failed : x.failed)
    failures[failed.position] = messages.emplace_back(message_for(failed.why));
  append_result(out, x.users, x.records, failures, id);
}

/// A legacy body on its way: its commands run one after the other.
class legacy_run : public std::enable_shared_from_this<legacy_run> {
public:
  legacy_run(environment& env, std::vector<legacy_command> commands,
             std::string_view request_id, http_reply done)
    : env_(env),
      commands_(std::move(commands)),
      request_id_(request_id),
      done_(std::move(done)) {
    replies_.reserve(commands_.size());
  }

  /// Runs commands until one has to wait for its answer.
  void next() {
    while (replies_.size() < commands_.size()) {
      auto& x = commands_[replies_.size()];
      auto what = method_of(x.method);
      auto why = refusal(x, what);
      if (!why)
        return run(env_, *what, std::move(x.request), request_id_,
                   [self = shared_from_this(), id = x.id,
                    what = *what](const api_response& response) {
                     append_reply(self->replies_.emplace_back(), what, response,
                                  id);
                     self->next();
                   });
      if (what)
        env_.api_counters.add(*what, why->code);
      append_error(replies_.emplace_back(), why->code, why->message, x.id);
    }
    done_({200, json, join_legacy(replies_)});
  }

private:
  std::optional<problem> refusal(legacy_command& x,
                                 std::optional<method> what) const {
    if (!what)
      return problem{error_code::not_found,
                     std::string{message_of(error_code::not_found)}};
    if (!x.problem.empty())
      return problem{error_code::bad_request, std::move(x.problem)};
    return check(env_, *what, x.request);
  }

  environment& env_;
  std::vector<legacy_command> commands_;
  std::vector<std::string> replies_;
  std::string request_id_;
  http_reply done_;
};

void serve_legacy(environment& env, std::string_view body,
                  std::string_view request_id, http_reply done) {
  auto commands = parse_legacy(body, env.limits.max_users);
  if (!commands)
    return done(bad_body(commands.error()));
  std::make_shared<legacy_run>(env, std::move(*commands), request_id,
                               std::move(done))
    ->next();
}

void serve_method(environment& env, method what, std::string_view body,
                  std::string_view request_id, http_reply done) {
  auto request = parse_status_request(body, env.limits.max_users);
  if (!request)
    return done(bad_body(request.error()));
  if (auto why = check(env, what, *request)) {
    env.api_counters.add(what, why->code);
    http_answer out{200, json};
    append_error(out.body, why->code, why->message);
    return done(std::move(out));
  }
  run(env, what, std::move(*request), request_id,
      [what, done = std::move(done)](const api_response& x) {
        http_answer out{200, json};
        append_reply(out.body, what, x);
        done(std::move(out));
      });
}

} // namespace

bool is_path(std::string_view path) noexcept {
  return path.starts_with(prefix)
         && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

void serve(environment& env, const http_request& request,
           std::string_view request_id, http_reply done) {
  auto name = request.path.substr(prefix.size());
  auto what = name.empty() ? std::nullopt : method_of(name.substr(1));
  if (!name.empty() && !what)
    return done({404, text, "404 page not found\n"});
  if (request.method != "POST")
    return done({405});
  const auto& api = env.settings.http_api;
  if (!api.insecure && !has_api_key(request, api.key))
    return done({401});
  if (env.stopping)
    return done({503});
  if (what)
    serve_method(env, *what, request.body, request_id, std::move(done));
  else
    serve_legacy(env, request.body, request_id, std::move(done));
}

} // namespace lastseen::server_api
