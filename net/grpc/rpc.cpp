#include "net/grpc/rpc.hpp"

#include <grpcpp/server_context.h>

namespace lastseen::grpc_api {

std::shared_ptr<rpc> rpc::start(environment& env,
                                std::atomic<std::size_t>& open,
                                grpc::CallbackServerContext& context,
                                method what, std::string_view path,
                                grpc::ByteBuffer& response) {
  // No make_shared: the constructor is private.
  std::shared_ptr<rpc> out{new rpc{env, open, context, what, path, response}};
  out->self_ = out;
  return out;
}

rpc::rpc(environment& env, std::atomic<std::size_t>& open,
         grpc::CallbackServerContext& context, method what,
         std::string_view path, grpc::ByteBuffer& response)
  : env_(env),
    method_(what),
    open_(open),
    context_(context),
    response_(response) {
  ++open_;
  auto logs = env.settings.log.access;
  request_id_ = valid_request_id(metadata("x-request-id"));
  if (request_id_.empty() && logs)
    request_id_ = make_request_id();
  give_back(request_id_);
  if (logs)
    log_.emplace("gRPC", path, request_id_, boot_clock::now());
}

std::string_view rpc::metadata(const std::string& name) const {
  const auto& all = context_.client_metadata();
  auto i = all.lower_bound(name);
  if (i == all.end() || i->first != name)
    return {};
  return {i->second.data(), i->second.size()};
}

void rpc::give_back(const std::string& id) {
  if (!id.empty())
    context_.AddInitialMetadata("x-request-id", id);
}

void rpc::answer(std::string_view message, const std::string& made_id) {
  if (finished_.exchange(true))
    return;
  give_back(made_id);
  grpc::Slice slice{message.data(), message.size()};
  response_ = grpc::ByteBuffer{&slice, 1};
  note(grpc::StatusCode::OK, message.size());
  Finish(grpc::Status::OK);
}

void rpc::fail(const grpc::Status& status, const std::string& made_id) {
  if (finished_.exchange(true))
    return;
  give_back(made_id);
  note(status.error_code(), 0);
  Finish(status);
}

void rpc::refuse(const grpc::Status& status) {
  counted_ = false;
  --open_;
  fail(status);
}

void rpc::note(grpc::StatusCode status, std::size_t size) {
  auto code = static_cast<unsigned>(status);
  env_.grpc_responses.add(method_, code);
  if (log_)
    log_->write(code, size, boot_clock::now());
}

void rpc::OnCancel() {
  fail({grpc::StatusCode::CANCELLED, "cancelled"});
}

void rpc::OnDone() {
  if (counted_)
    --open_;
  self_.reset(); // may end it
}

} // namespace lastseen::grpc_api
