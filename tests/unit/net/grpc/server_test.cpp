#include "net/grpc/api.grpc.pb.h"
#include "net/grpc/server.hpp"
#include "tests/support/node_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <grpcpp/create_channel.h>

namespace lastseen::grpc_api {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class GrpcServer : public test::node_fixture {
protected:
  GrpcServer() {
    settings.grpc_api.address = "127.0.0.1";
    settings.grpc_api.port = 0;
  }

  /// What a client of HTTP/2 begins with: the preface and no settings.
  const std::string hello_ =
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"s;

  // The types of the frames in some bytes, as digits.
  static std::string frame_types(std::string_view bytes) {
    std::string out;
    auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    while (bytes.size() >= 9) {
      auto size = 9 + (byte(0) << 16 | byte(1) << 8 | byte(2));
      out += static_cast<char>('0' + byte(3));
      bytes.remove_prefix(std::min(bytes.size(), size));
    }
    return out;
  }
};

// Node's client, of the end-to-end tests, cannot send two.
TEST_F(GrpcServer, LooksAtTheFirstOfSeveralKeys) {
  namespace pb = centrifugal::centrifugo::api;
  settings.grpc_api.key = "key";
  start();
  grpc_api::server api{sys->scheduler(), *env};
  ASSERT_TRUE(api.listen());
  auto stub = pb::CentrifugoApi::NewStub(
    grpc::CreateChannel("127.0.0.1:" + std::to_string(api.port()),
                        grpc::InsecureChannelCredentials()));
  auto status_of = [&](std::initializer_list<const char*> keys) {
    grpc::ClientContext context;
    for (auto key : keys)
      context.AddMetadata("authorization", key);
    pb::GetUserStatusRequest request;
    request.add_users("42");
    pb::GetUserStatusResponse response;
    return stub->GetUserStatus(&context, request, &response).error_code();
  };
  EXPECT_EQ(status_of({"apikey key"}), grpc::StatusCode::OK);
  EXPECT_EQ(status_of({"apikey key", "apikey x"}), grpc::StatusCode::OK);
  EXPECT_EQ(status_of({"apikey x", "apikey key"}),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(GrpcServer, ClosesAConnectionThatHasNoCall) {
  start();
  constexpr auto idle = 300ms;
  grpc_api::server grpc{sys->scheduler(), *env, idle};
  auto listening = grpc.listen();
  ASSERT_TRUE(listening) << listening.error().what;
  auto begin = std::chrono::steady_clock::now();
  test::loopback_client client{grpc.port()};
  client.send(hello_);
  EXPECT_FALSE(client.fill(10'000)) << "not closed within ten seconds";
  auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, idle);
  EXPECT_LT(took, 10s);
  // GOAWAY
  EXPECT_THAT(frame_types(client.rest()), testing::EndsWith("7"));
  EXPECT_TRUE(
    test::eventually([this] { return env->grpc_connections.count() == 0; }));
}

} // namespace
} // namespace lastseen::grpc_api
