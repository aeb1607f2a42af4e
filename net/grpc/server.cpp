#include "net/grpc/server.hpp"

#include "net/grpc/certificates.hpp"
#include "net/grpc/service.hpp"
#include "net/listener.hpp"
#include "net/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <grpc/support/log.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <utility>

namespace lastseen::grpc_api {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

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

/// gRPC tells its log only why something failed, be it a connection's fault.
void log_failure(gpr_log_func_args* x) {
  static log_limit limit;
  if (x->severity != GPR_LOG_SEVERITY_ERROR)
    return;
  if (auto skipped = limit.pass(boot_clock::now()))
    log_event(log_level::warn, "gRPC reports a failure",
              {{"why", x->message}, {"skipped", std::to_string(*skipped)}});
}

/// Whether the address can be bound: gRPC would not say why it cannot.
boost::system::error_code try_to_bind(const tcp::endpoint& to) {
  asio::io_context context;
  tcp::acceptor acceptor{context};
  boost::system::error_code failed;
  open_to(acceptor, to, failed);
  return failed;
}

std::string text_of(const tcp::endpoint& x) {
  auto address = x.address().to_string();
  if (x.address().is_v6())
    address = '[' + address + ']';
  return address + ':' + std::to_string(x.port());
}

} // namespace

struct server::state {
  explicit state(environment& x) : env(x), api(x) {}

  environment& env;
  service api;
  std::shared_ptr<lastseen::grpc_api::certificates>
    certificates; // null: no TLS
  std::unique_ptr<grpc::Server> grpc;
  int port = 0;
};

server::server(environment& env) : state_(std::make_unique<state>(env)) {}

server::~server() {
  if (state_->grpc)
    shutdown();
}

result<void> server::listen() {
  const auto& settings = state_->env.settings;
  const auto& api = settings.grpc_api;
  gpr_set_log_function(log_failure);
  // All interfaces: gRPC takes IPv4 where there is no IPv6.
  auto address = api.address.empty() ? asio::ip::address{asio::ip::address_v6{}}
                                     : asio::ip::make_address(api.address);
  tcp::endpoint where{address, api.port};
  auto failed = try_to_bind(where);
  if (failed && api.address.empty())
    failed = try_to_bind({asio::ip::address_v4::any(), api.port});
  auto cannot = "grpc_api: cannot listen on " + text_of(where) + ": ";
  if (failed)
    return error{ec::bad_config, cannot + failed.message()};
  if (api.tls.enabled) {
    auto made = certificates::make(api.tls);
    if (!made)
      return made.error();
    state_->certificates = std::move(*made);
  }
  grpc::EnableDefaultHealthCheckService(api.health);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(text_of(where),
                           state_->certificates
                             ? state_->certificates->credentials()
                             : grpc::InsecureServerCredentials(),
                           &state_->port);
  builder.SetMaxReceiveMessageSize(static_cast<int>(max_message(settings)));
  // gRPC would unpack whatever is sent, before anybody looked at the key.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, max_calls);
  // Two services on one port would be a mistake.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // gRPC takes a message in to its end before it looks at the size.
  builder.SetResourceQuota(grpc::ResourceQuota{"grpc_api"}
                             .Resize(max_memory)
                             .SetMaxThreads(max_reflection_threads));
  if (!api.reflection)
    builder.SetOption(std::make_unique<without_reflection>());
  builder.RegisterService(&state_->api);
  state_->grpc = builder.BuildAndStart();
  if (!state_->grpc)
    return error{ec::bad_config, cannot + "gRPC refuses to"};
  if (auto* health = state_->grpc->GetHealthCheckService())
    health->SetServingStatus(pb::CentrifugoApi::service_full_name(), true);
  return {};
}

result<void> server::reload(const config::server_tls& tls) {
  if (!state_->certificates || !tls.enabled)
    return {};
  return state_->certificates->reload(tls);
}

std::uint16_t server::port() const noexcept {
  return static_cast<std::uint16_t>(state_->port);
}

std::size_t server::calls() const noexcept {
  return state_->api.open();
}

void server::shutdown() {
  state_->grpc->Shutdown(std::chrono::system_clock::now() + grace);
  state_->grpc->Wait();
  state_->grpc.reset();
}

} // namespace lastseen::grpc_api
