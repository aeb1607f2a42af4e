#include "net/grpc/service.hpp"

#include "net/api/carry_out.hpp"
#include "net/auth/api_key.hpp"
#include "net/grpc/reply.hpp"
#include "net/grpc/request.hpp"
#include "net/gzip.hpp"

#include <utility>
#include <vector>

namespace lastseen::grpc_api {

std::size_t max_message(const config::settings& x) noexcept {
  auto size = x.grpc_api.max_receive_message_size;
  return size != 0 ? size : x.http_server.max_body_size;
}

namespace {

using grpc::StatusCode;
using server_api::call_method;
using server_api::call_reply;

#define PATH(name) "/centrifugal.centrifugo.api.CentrifugoApi/" name

/// Why a call is not looked at.
grpc::Status refusal(const environment& env, const rpc& x) {
  auto keys = env.grpc_keys.load();
  if (!keys->empty() && !has_grpc_api_key(x.metadata("authorization"), *keys))
    return {StatusCode::UNAUTHENTICATED, "unauthenticated"};
  if (env.stopping)
    return {StatusCode::UNAVAILABLE, "the service stops"};
  return grpc::Status::OK;
}

void fail_decoding(rpc& x, const error& why) {
  x.fail({StatusCode::INVALID_ARGUMENT, "bad request: " + why.what});
}

/// Gives `f` the bytes of a message, or fails the call.
template <class F>
void with_bytes(const environment& env, rpc& x, const grpc::ByteBuffer& message,
                F f) {
  grpc::Slice slice;
  if (!message.TrySingleSlice(&slice).ok())
    message.DumpToSingleSlice(&slice);
  std::string_view bytes{reinterpret_cast<const char*>(slice.begin()),
                         slice.size()};
  // What gzip begins with is nothing that Protobuf begins with.
  if (!bytes.starts_with("\x1f\x8b"))
    return f(bytes);
  auto whole = gunzip(bytes, max_message(env.settings));
  if (whole)
    return f(std::string_view{*whole});
  if (whole.error().code == ec::overloaded)
    return x.fail({StatusCode::RESOURCE_EXHAUSTED, whole.error().what});
  fail_decoding(x, whole.error());
}

/// Errors are to be seen in the status (contract B.3).
bool transport_errors(const environment& env, const rpc& x) {
  constexpr std::string_view mode = "transport";
  return env.settings.grpc_api.error_mode == mode
         || x.metadata("x-centrifugo-error-mode") == mode;
}

void answer(rpc& x, const call_reply& reply, bool transport_errors) {
  if (!reply.failure || !transport_errors)
    return x.answer(encode_response(reply), reply.request_id);
  const auto& why = *reply.failure;
  x.fail({static_cast<StatusCode>(server_api::grpc_status_of(why.code)),
          why.message, encode_details(why)},
         reply.request_id);
}

void serve_call(environment& env, const std::shared_ptr<rpc>& x,
                server_api::call what) {
  server_api::carry_out(
    env, {env.grpc_api_counters, x->request_id()}, std::move(what),
    [x, in_status = transport_errors(env, *x)](const call_reply& reply) {
      answer(*x, reply, in_status);
    });
}

void serve_method(environment& env, const std::shared_ptr<rpc>& x,
                  call_method what, const grpc::ByteBuffer& message) {
  with_bytes(env, *x, message, [&](std::string_view bytes) {
    auto decoded =
      decode_status_request(what, bytes, env.live.max_users_per_request);
    if (!decoded)
      return fail_decoding(*x, decoded.error());
    serve_call(env, x, {what, std::move(*decoded)});
  });
}

void serve_batch(environment& env, const std::shared_ptr<rpc>& x,
                 const grpc::ByteBuffer& message) {
  with_bytes(env, *x, message, [&](std::string_view bytes) {
    auto batch = decode_batch(bytes, env.live.max_users_per_request);
    if (!batch)
      return fail_decoding(*x, batch.error());
    auto replies =
      std::make_shared<std::vector<std::string>>(batch->commands.size());
    server_api::carry_out_all(
      env, {env.grpc_api_counters, x->request_id()}, std::move(batch->commands),
      batch->at_once(),
      [replies](std::size_t i, const call_reply& reply) {
        (*replies)[i] = encode_batch_reply(reply);
      },
      [replies, x] { x->answer(join_batch(*replies)); });
  });
}

} // namespace

// Has `serve` answer a call, unless it is refused.
template <class F>
grpc::ServerUnaryReactor* service::start(context& from, rpc::method what,
                                         std::string_view path, buffer& out,
                                         F serve) {
  auto x = rpc::start(env_, open_, from, what, path, out);
  if (auto refused = refusal(env_, *x); !refused.ok())
    x->refuse(refused);
  else
    serve(x);
  return x.get();
}

grpc::ServerUnaryReactor*
service::UpdateUserStatus(context* from, const buffer* in, buffer* out) {
  return start(*from, rpc::method::update_user_status, PATH("UpdateUserStatus"),
               *out, [&](auto& x) {
                 serve_method(env_, x, call_method::update_user_status, *in);
               });
}

grpc::ServerUnaryReactor*
service::GetUserStatus(context* from, const buffer* in, buffer* out) {
  return start(
    *from, rpc::method::get_user_status, PATH("GetUserStatus"), *out,
    [&](auto& x) { serve_method(env_, x, call_method::get_user_status, *in); });
}

grpc::ServerUnaryReactor*
service::DeleteUserStatus(context* from, const buffer* in, buffer* out) {
  return start(*from, rpc::method::delete_user_status, PATH("DeleteUserStatus"),
               *out, [&](auto& x) {
                 serve_method(env_, x, call_method::delete_user_status, *in);
               });
}

grpc::ServerUnaryReactor* service::Batch(context* from, const buffer* in,
                                         buffer* out) {
  return start(*from, rpc::method::batch, PATH("Batch"), *out,
               [&](auto& x) { serve_batch(env_, x, *in); });
}

// Its request has no fields.
grpc::ServerUnaryReactor* service::Info(context* from, const buffer*,
                                        buffer* out) {
  return start(*from, rpc::method::info, PATH("Info"), *out,
               [&](auto& x) { serve_call(env_, x, {call_method::info}); });
}

#undef PATH

} // namespace lastseen::grpc_api
