#include "net/grpc/server.hpp"

#include "net/grpc/certificates.hpp"
#include "net/grpc/service.hpp"
#include "net/listener.hpp"
#include "net/log.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <limits>
#include <utility>

namespace lastseen::grpc_api {

namespace {

using boost::asio::ip::tcp;
using external_type =
  grpc::ServerBuilder::experimental_type::ExternalConnectionType;

/// Of one connection; more wait at the client.
constexpr int max_calls = 10'000;

/// Bytes of messages under way, in all connections.
constexpr std::size_t max_memory = 256UL * 1024 * 1024;

/// Each client that asks for reflection takes a thread.
constexpr int max_reflection_threads = 8;

/// What is sent already gets through.
constexpr std::chrono::milliseconds grace{100};

/// That library being linked is enough to have the service.
class without_reflection final : public grpc::ServerBuilderOption {
  void UpdateArguments(grpc::ChannelArguments*) override {}

  void UpdatePlugins(
    std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* all) override {
    std::erase_if(*all, [](const auto& x) {
      return x->name() == "proto_server_reflection";
    });
  }
};

int milliseconds_of(std::chrono::milliseconds x) {
  constexpr std::chrono::milliseconds most{std::numeric_limits<int>::max()};
  return static_cast<int>(std::min(x, most).count());
}

/// gRPC tells its log only why something failed, be it a connection's fault.
void log_failure(gpr_log_func_args* x) {
  static log_limit limit;
  if (x->severity != GPR_LOG_SEVERITY_ERROR)
    return;
  if (auto skipped = limit.pass(boot_clock::now()))
    log_event(log_level::warn, "gRPC reports a failure",
              {{"why", x->message}, {"skipped", std::to_string(*skipped)}});
}

} // namespace

struct server::state {
  state(asio_scheduler& scheduler, environment& x,
        std::chrono::milliseconds idle)
    : env(x),
      idle_timeout(idle),
      api(x),
      listens(
        scheduler, x,
        {"grpc_api.", x.settings.grpc_api.address, x.settings.grpc_api.port},
        [this](tcp_socket socket, std::size_t) {
          hand_over(std::move(socket));
        }) {}

  void hand_over(tcp_socket socket) {
    boost::system::error_code failed;
    socket.native_non_blocking(true, failed);
    socket.set_option(tcp::no_delay(true), failed);
    env.grpc_connections.add(socket.native_handle());
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters x;
    x.fd = socket.release(failed);
    connections->HandleNewConnection(&x);
  }

  environment& env;
  std::chrono::milliseconds idle_timeout;
  service api;
  std::shared_ptr<lastseen::grpc_api::certificates>
    certificates; // null: no TLS
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
  std::unique_ptr<grpc::Server> grpc;
  std::future<void> drained; // once it accepts nothing more
  listener listens;
};

server::server(asio_scheduler& scheduler, environment& env,
               std::chrono::milliseconds idle_timeout)
  : state_(std::make_unique<state>(scheduler, env, idle_timeout)) {}

server::~server() {
  stop_accepting();
  if (state_->grpc)
    shutdown();
}

result<void> server::listen() {
  const auto& settings = state_->env.settings;
  const auto& api = settings.grpc_api;
  gpr_set_log_function(log_failure);
  if (api.tls.enabled) {
    auto read = certificates::read(api.tls);
    if (!read)
      return read.error();
    state_->certificates = std::make_shared<certificates>(std::move(*read));
  }
  grpc::EnableDefaultHealthCheckService(api.health);
  grpc::ServerBuilder builder;
  // gRPC would accept no more for ever once the open files have run out.
  state_->connections = builder.experimental().AddExternalConnectionAcceptor(
    external_type::FROM_FD, state_->certificates
                              ? state_->certificates->credentials()
                              : grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(static_cast<int>(max_message(settings)));
  // gRPC would unpack whatever is sent, before anybody looked at the key.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, max_calls);
  builder.AddChannelArgument(
    GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
    milliseconds_of(settings.client.stale_close_delay));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             milliseconds_of(state_->idle_timeout));
  // gRPC takes a message in to its end before it looks at the size.
  builder.SetResourceQuota(grpc::ResourceQuota{"grpc_api"}
                             .Resize(max_memory)
                             .SetMaxThreads(max_reflection_threads));
  if (api.reflection) // named, or the linker may leave that library out
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  else
    builder.SetOption(std::make_unique<without_reflection>());
  builder.RegisterService(&state_->api);
  state_->grpc = builder.BuildAndStart();
  if (!state_->grpc)
    return error{ec::bad_config, "grpc_api: gRPC cannot be started"};
  if (auto* health = state_->grpc->GetHealthCheckService())
    health->SetServingStatus(pb::CentrifugoApi::service_full_name(), true);
  return state_->listens.open();
}

result<std::function<void()>>
server::read_certificates(const config::server_tls& tls) {
  std::function<void()> use;
  if (!state_->certificates || !tls.enabled)
    return use;
  auto read = certificates::read(tls);
  if (!read)
    return read.error();
  use = [of = state_->certificates, next = std::move(*read)] { of->use(next); };
  return use;
}

std::uint16_t server::port() const {
  return state_->listens.endpoint().port();
}

void server::stop_accepting() {
  auto& x = *state_;
  x.listens.close();
  if (!x.grpc || x.drained.valid())
    return;
  if (auto* health = x.grpc->GetHealthCheckService())
    health->SetServingStatus(false);
  // It waits for all calls, those that watch something for ever included.
  x.drained =
    std::async(std::launch::async, [&grpc = *x.grpc] { grpc.Shutdown(); });
}

std::size_t server::calls() const noexcept {
  return state_->api.open();
}

void server::shutdown() {
  auto& x = *state_;
  if (x.drained.wait_for(grace) == std::future_status::timeout)
    grpc_server_cancel_all_calls(x.grpc->c_server());
  x.drained.get();
  x.grpc.reset();
}

} // namespace lastseen::grpc_api
