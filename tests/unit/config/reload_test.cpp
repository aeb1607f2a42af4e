#include "config/reload.hpp"

#include <gmock/gmock.h>

namespace lastseen::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Reload, TakesWhatCanChange) {
  settings running;
  running.http_server.port = 8001;
  auto next = running;
  next.http_api.key = "a";
  next.client.token.rsa_public_key = "b";
  next.client.rate_limit.user_command.per_second = 3;
  next.http_server.tls.cert_pem = "c";
  next.http_server.max_body_size = 2001;
  next.websocket.message_size_limit = 2001;
  next.websocket.decompressed_message_size_limit = 2001;
  next.websocket.write_timeout = std::chrono::seconds{2};
  next.user_status.max_users_per_request = 2001;
  for (auto* x :
       {&next.http_stream, &next.sse, &next.uni_http_stream, &next.uni_sse})
    x->max_request_body_size = 2001;
  next.emulation.max_request_body_size = 2001;
  auto x = reload(running, next);
  EXPECT_THAT(x.kept, IsEmpty());
  EXPECT_EQ(x.settings.http_api.key, "a");
  EXPECT_EQ(x.settings.client.token.rsa_public_key, "b");
  EXPECT_EQ(x.settings.client.rate_limit.user_command.per_second, 3u);
  EXPECT_EQ(x.settings.http_server.tls.cert_pem, "c");
  EXPECT_EQ(x.settings.http_server.port, 8001);
}

TEST(Reload, KeepsAndNamesWhatTakesARestart) {
  settings running;
  auto next = running;
  next.http_server.port = 8001;
  next.user_status.redis.password = "secret";
  next.client.connection_limit = 5;
  next.user_status.max_pending_users = 5;
  next.pid_file = "a";
  next.log.file = "b";
  auto x = reload(running, next);
  EXPECT_THAT(
    x.kept, ElementsAre("http_server.port", "user_status.max_pending_users",
                        "user_status.redis.password", "pid_file", "log.file"));
  EXPECT_EQ(x.settings.http_server.port, running.http_server.port);
  EXPECT_EQ(x.settings.user_status.redis.password, "");
  EXPECT_EQ(x.settings.client.connection_limit, 5u);
}

TEST(Reload, KeepsWhetherGrpcHasTls) {
  settings running;
  settings next;
  next.grpc_api.tls = {true, "a.pem", "a.key", "ca.pem"};
  auto keys = ElementsAre("grpc_api.tls.enabled", "grpc_api.tls.cert_pem",
                          "grpc_api.tls.key_pem", "grpc_api.tls.client_ca_pem");
  auto x = reload(running, next);
  EXPECT_THAT(x.kept, keys);
  EXPECT_EQ(x.settings.grpc_api.tls.cert_pem, "");
  EXPECT_THAT(reload(next, running).kept, keys);
}

TEST(Reload, KeepsWhetherGrpcAsksClients) {
  settings running;
  running.grpc_api.tls = {true, "a.pem", "a.key", ""};
  auto next = running;
  next.grpc_api.tls = {true, "b.pem", "a.key", "ca.pem"};
  auto x = reload(running, next);
  EXPECT_THAT(x.kept, ElementsAre("grpc_api.tls.client_ca_pem"));
  EXPECT_EQ(x.settings.grpc_api.tls.cert_pem, "b.pem");
  EXPECT_EQ(x.settings.grpc_api.tls.client_ca_pem, "");
  EXPECT_THAT(reload(next, running).kept,
              ElementsAre("grpc_api.tls.client_ca_pem"));
  auto others = next;
  others.grpc_api.tls.client_ca_pem = "other.pem";
  EXPECT_THAT(reload(next, others).kept, IsEmpty());
}

} // namespace
} // namespace lastseen::config
