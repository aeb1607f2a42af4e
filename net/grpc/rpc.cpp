#include "net/grpc/rpc.hpp"

#include <grpcpp/server_context.h>

namespace lastseen::grpc_api {

std::shared_ptr<rpc> rpc::start(const environment& env,
                                std::atomic<std::size_t>& open,
                                grpc::CallbackServerContext& context,
                                std::string_view path,
                                grpc::ByteBuffer& response) {
  // No make_shared: the constructor is private.
  std::shared_ptr<rpc> out{new rpc{env, open, context, path, response}};
  out->self_ = out;
  return out;
}

rpc::rpc(const environment& env, std::atomic<std::size_t>& open,
         grpc::CallbackServerContext& context, std::string_view path,
         grpc::ByteBuffer& response)
  : open_(open), context_(context), response_(response) {
  ++open_;
  auto logs = env.settings.log.access;
  request_id_ = valid_request_id(metadata("x-request-id"));
  if (request_id_.empty() && logs)
    request_id_ = make_request_id();
  if (!request_id_.empty())
    context.AddInitialMetadata("x-request-id", request_id_);
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

void rpc::answer(std::string_view message) {
  if (finished_.exchange(true))
    return;
  grpc::Slice slice{message.data(), message.size()};
  response_ = grpc::ByteBuffer{&slice, 1};
  if (log_)
    log_->write(grpc::StatusCode::OK, message.size(), boot_clock::now());
  Finish(grpc::Status::OK);
}

void rpc::fail(const grpc::Status& status) {
  if (finished_.exchange(true))
    return;
  if (log_)
    log_->write(static_cast<unsigned>(status.error_code()), 0,
                boot_clock::now());
  Finish(status);
}

void rpc::OnCancel() {
  fail({grpc::StatusCode::CANCELLED, "cancelled"});
}

void rpc::OnDone() {
  --open_;
  self_.reset(); // may end it
}

} // namespace lastseen::grpc_api
