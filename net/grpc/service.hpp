#pragma once

#include "net/environment.hpp"
#include "net/grpc/api.grpc.pb.h"
#include "net/grpc/rpc.hpp"

#include <atomic>

namespace lastseen::grpc_api {

namespace pb = centrifugal::centrifugo::api;

/// Bytes of a message, with and without compression.
std::size_t max_message(const config::settings& x) noexcept;

/// The RPCs with messages as bytes: those are decoded and encoded here.
using raw_service = pb::CentrifugoApi::WithRawCallbackMethod_UpdateUserStatus<
  pb::CentrifugoApi::WithRawCallbackMethod_GetUserStatus<
    pb::CentrifugoApi::WithRawCallbackMethod_DeleteUserStatus<
      pb::CentrifugoApi::WithRawCallbackMethod_Batch<
        pb::CentrifugoApi::WithRawCallbackMethod_Info<
          pb::CentrifugoApi::Service>>>>>;

/// Answers the calls of the server API (contract.md A.2 and B.3): checks key
/// and message, in that order, has them carried out as those over HTTP are, and
/// writes the answer. gRPC calls it from its own threads, which it never
/// blocks.
class service final : public raw_service {
public:
  explicit service(environment& env) : env_(env) {}

  /// Calls that gRPC is not done with, without those that are refused.
  std::size_t open() const noexcept {
    return open_;
  }

private:
  using context = grpc::CallbackServerContext;
  using buffer = grpc::ByteBuffer;

  grpc::ServerUnaryReactor* UpdateUserStatus(context* from, const buffer* in,
                                             buffer* out) override;
  grpc::ServerUnaryReactor* GetUserStatus(context* from, const buffer* in,
                                          buffer* out) override;
  grpc::ServerUnaryReactor* DeleteUserStatus(context* from, const buffer* in,
                                             buffer* out) override;
  grpc::ServerUnaryReactor* Batch(context* from, const buffer* in,
                                  buffer* out) override;
  grpc::ServerUnaryReactor* Info(context* from, const buffer* in,
                                 buffer* out) override;

  template <class F>
  grpc::ServerUnaryReactor* start(context& from, rpc::method what,
                                  std::string_view path, buffer& out, F serve);

  environment& env_;
  std::atomic<std::size_t> open_{0};
};

} // namespace lastseen::grpc_api
