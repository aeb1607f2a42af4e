#include "net/api/http_api.hpp"

#include "net/api/carry_out.hpp"
#include "net/api/json_batch.hpp"
#include "net/api/json_legacy.hpp"
#include "net/api/json_reply.hpp"
#include "net/auth/api_key.hpp"
#include "net/gzip.hpp"
#include "net/request_log.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lastseen::server_api {

namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view text = "text/plain; charset=utf-8";
constexpr std::string_view batch_name = "batch";

http_answer bad_body(const error& why) {
  return {400, text, "Bad Request: " + why.what + "\n"};
}

/// Errors are to be seen in the status (contract B.2.6).
bool transport_errors(const environment& env, const http_request& request) {
  constexpr std::string_view mode = "transport";
  return env.settings.http_api.error_mode == mode
         || request.field("X-Centrifugo-Error-Mode") == mode;
}

http_answer answer_of(const call_reply& x, bool transport_errors) {
  http_answer out{200, json};
  if (x.failure && transport_errors) {
    out.status = http_status_of(x.failure->code);
    append_error_object(out.body, x.failure->code, x.failure->message);
  } else {
    append_reply(out.body, x);
  }
  out.fields = request_id_field(x.request_id);
  return out;
}

void serve_method(environment& env, call_method what,
                  const http_request& request, std::string_view body,
                  std::string_view request_id, http_reply done) {
  auto decoded =
    parse_status_request(what, body, env.live.max_users_per_request);
  if (!decoded)
    return done(bad_body(decoded.error()));
  carry_out(env, {env.api_counters, request_id}, {what, std::move(*decoded)},
            [in_status = transport_errors(env, request),
             done = std::move(done)](const call_reply& x) {
              done(answer_of(x, in_status));
            });
}

/// Runs the calls of one body; `join` makes the body of the answer of the
/// replies, of which `encode` makes one.
template <class Encode, class Join>
void serve_all(environment& env, std::vector<call> calls, std::size_t at_once,
               std::string_view request_id, Encode encode, Join join,
               http_reply done) {
  auto replies = std::make_shared<std::vector<std::string>>(calls.size());
  carry_out_all(
    env, {env.api_counters, request_id}, std::move(calls), at_once,
    [replies, encode = std::move(encode)](std::size_t i, call_reply&& x) {
      encode((*replies)[i], i, x);
    },
    [replies, join, done = std::move(done)] {
      done({200, json, join(*replies)});
    });
}

void serve_legacy(environment& env, std::string_view body,
                  std::string_view request_id, http_reply done) {
  auto commands = parse_legacy(body, env.live.max_users_per_request);
  if (!commands)
    return done(bad_body(commands.error()));
  std::vector<std::uint32_t> ids;
  std::vector<call> calls;
  ids.reserve(commands->size());
  calls.reserve(commands->size());
  for (auto& x : *commands) {
    ids.push_back(x.id);
    calls.push_back(std::move(x));
  }
  serve_all(
    env, std::move(calls), 1, request_id,
    [ids = std::move(ids)](std::string& out, std::size_t i,
                           const call_reply& x) {
      append_reply(out, x, ids[i]);
    },
    join_legacy, std::move(done));
}

void serve_batch(environment& env, std::string_view body,
                 std::string_view request_id, http_reply done) {
  auto batch = parse_batch(body, env.live.max_users_per_request);
  if (!batch)
    return done(bad_body(batch.error()));
  serve_all(
    env, std::move(batch->commands), batch->at_once(), request_id,
    [](std::string& out, std::size_t, const call_reply& x) {
      append_batch_reply(out, x);
    },
    join_batch, std::move(done));
}

/// The body without its content coding, `room` being where it is put then; or
/// what to answer instead.
std::optional<http_answer> decode_body(const environment& env,
                                       const http_request& request,
                                       std::string& room,
                                       std::string_view& body) {
  body = request.body;
  auto coding = request.field("Content-Encoding");
  if (coding.empty() || equal_ignoring_case(coding, "identity"))
    return std::nullopt;
  if (!equal_ignoring_case(coding, "gzip")
      && !equal_ignoring_case(coding, "x-gzip"))
    return http_answer{415, text,
                       "Unsupported Media Type: Content-Encoding: must be "
                       "gzip\n",
                       "Accept-Encoding: gzip\r\n"};
  auto whole = gunzip(request.body, env.live.max_body_size);
  if (!whole && whole.error().code == ec::overloaded)
    return http_answer{413, text, whole.error().what + "\n"};
  if (!whole)
    return bad_body(whole.error());
  room = std::move(*whole);
  body = room;
  return std::nullopt;
}

} // namespace

bool is_path(std::string_view path, std::string_view prefix) noexcept {
  return path.starts_with(prefix)
         && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

void serve(environment& env, const http_request& request,
           std::string_view request_id, http_reply done) {
  const auto& api = env.settings.http_api;
  auto legacy = request.path.size() == api.handler_prefix.size();
  auto name = legacy ? "" : request.path.substr(api.handler_prefix.size() + 1);
  auto what = call_method_of(name);
  if (!legacy && !what && name != batch_name)
    return done({404, text, "404 page not found\n"});
  if (request.method != "POST")
    return done({405, {}, {}, "Allow: POST\r\n"});
  if (!api.insecure && !has_api_key(request, *env.api_keys.load()))
    return done({401});
  if (env.stopping)
    return done({503});
  std::string room;
  std::string_view body;
  if (auto refused = decode_body(env, request, room, body))
    return done(std::move(*refused));
  if (what)
    serve_method(env, *what, request, body, request_id, std::move(done));
  else if (legacy)
    serve_legacy(env, body, request_id, std::move(done));
  else
    serve_batch(env, body, request_id, std::move(done));
}

} // namespace lastseen::server_api
