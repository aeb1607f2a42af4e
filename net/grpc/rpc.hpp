#pragma once

#include "net/environment.hpp"
#include "net/request_log.hpp"

#include <atomic>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lastseen::grpc_api {

/// One call from its arrival until gRPC is done with it. It keeps itself alive
/// so long; whoever has its result later than that may hold it longer.
class rpc final : public grpc::ServerUnaryReactor,
                  public std::enable_shared_from_this<rpc> {
public:
  using method = grpc_counters::method;

  /// `open` counts the calls that gRPC is not done with and that are not
  /// refused; it, `context` and `response` outlive the call. `path` is a
  /// literal.
  static std::shared_ptr<rpc> start(environment& env,
                                    std::atomic<std::size_t>& open,
                                    grpc::CallbackServerContext& context,
                                    method what, std::string_view path,
                                    grpc::ByteBuffer& response);

  /// The first value of that name; empty: there is none.
  std::string_view metadata(const std::string& name) const;

  std::string_view request_id() const noexcept {
    return request_id_;
  }

  /// Answers the call; nothing if it was cancelled. `made_id` is given back if
  /// it is not empty. From any thread, once.
  void answer(std::string_view message, const std::string& made_id = {});
  void fail(const grpc::Status& status, const std::string& made_id = {});

  /// Fails a call that is not begun. Nobody needs to wait for that to be sent.
  void refuse(const grpc::Status& status);

private:
  rpc(environment& env, std::atomic<std::size_t>& open,
      grpc::CallbackServerContext& context, method what, std::string_view path,
      grpc::ByteBuffer& response);

  void give_back(const std::string& id);
  void note(grpc::StatusCode status, std::size_t size);

  void OnCancel() override;
  void OnDone() override;

  environment& env_;
  method method_;
  std::atomic<std::size_t>& open_;
  grpc::CallbackServerContext& context_; // until it is finished
  grpc::ByteBuffer& response_;           // until it is finished
  std::string request_id_;               // empty: none
  std::optional<request_log> log_;       // nothing: not logged
  std::atomic<bool> finished_{false};
  bool counted_ = true;       // in `open_`
  std::shared_ptr<rpc> self_; // until gRPC is done
};

} // namespace lastseen::grpc_api
