#include "tests/support/client_wire.hpp"
#include "tests/support/node_fixture.hpp"

#include <string>

// The rows of the contract's tables (B.4.7 and B.4.8) that take more than one
// client, a clock, or a client that does not read.
namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::connect_as;
using test::loopback_client;
using test::wire_close;
using test::wire_frame;

std::string at(std::chrono::seconds delay) {
  auto then = std::chrono::system_clock::now() + delay;
  return std::to_string(
    std::chrono::floor<std::chrono::seconds>(then.time_since_epoch()).count());
}

class ClientTableOthers : public test::node_fixture {
protected:
  /// Has a client call until it is closed, without reading. @returns how often
  /// clients were closed with that code.
  std::uint64_t closed_unread(protocol::disconnect_code code) {
    loopback_client client{port(), 4096};
    EXPECT_EQ(client.ask(upgrade())->status, 101u);
    client.send(test::client_text(connect_as()));
    std::string many;
    for (int i = 0; i < 2000; ++i)
      many += test::client_text(R"({"id":2,"rpc":{}})");
    // The answers are more than the sockets hold.
    for (int i = 0; i < 100 && client.send(many); ++i) {
    }
    EXPECT_TRUE(test::eventually([&] { return env->clients == 0; }));
    return env->client_counters.sum([code](const auto& x) -> const auto& {
      std::size_t i = 0;
      while (protocol::disconnects[i].code != code)
        ++i;
      return x.disconnects[i];
    });
  }
};

TEST_F(ClientTableOthers, ATokenThatEndsIs3005) {
  settings.client.expired_close_delay = 0s;
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(
    test::client_text(connect_as(R"({"sub":"42","exp":)" + at(3s) + "}")));
  ASSERT_EQ(client.frame()->opcode, 1u);
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(wire_frame(8, got->payload),
            wire_close(3005, "connection expired"));
}

// It was told why by the error, and has five seconds to go by itself.
TEST_F(ClientTableOthers, ARefusedClientIsDroppedWithoutACloseFrame) {
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(test::client_text(connect_as(R"({"sub":"42","exp":1})")));
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->payload,
            R"({"id":1,"error":{"code":109,"message":"token expired"}})");
  EXPECT_EQ(env->clients, 1u);
  EXPECT_TRUE(client.closed());
}

TEST_F(ClientTableOthers, OverTheConnectionLimitIs503) {
  settings.client.connection_limit = 1;
  start();
  loopback_client first{port()};
  ASSERT_EQ(first.ask(upgrade())->status, 101u);
  loopback_client second{port()};
  auto got = second.ask(upgrade());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 503u);
  EXPECT_EQ(got->body, "Service Unavailable\n");
  EXPECT_TRUE(second.closed());
}

TEST_F(ClientTableOthers, OverTheUserConnectionLimitIs3504) {
  settings.client.user_connection_limit = 1;
  start();
  loopback_client first{port()};
  ASSERT_EQ(first.ask(upgrade())->status, 101u);
  first.send(test::client_text(connect_as()));
  ASSERT_TRUE(first.frame());
  loopback_client second{port()};
  ASSERT_EQ(second.ask(upgrade())->status, 101u);
  second.send(test::client_text(connect_as()));
  auto got = second.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(wire_frame(8, got->payload), wire_close(3504, "connection limit"));
}

// It is told nothing: a frame may have been sent in part.
TEST_F(ClientTableOthers, AFullQueueIs3008) {
  settings.client.queue_max_size = 200'000;
  settings.websocket.write_timeout = 60s;
  start();
  EXPECT_EQ(closed_unread(protocol::disconnect_code::slow), 1u);
}

TEST_F(ClientTableOthers, AClientThatTakesNothingIs3009) {
  settings.client.queue_max_size = 1 << 30;
  settings.websocket.write_timeout = 1ms;
  start();
  EXPECT_EQ(closed_unread(protocol::disconnect_code::write_error), 1u);
}

TEST_F(ClientTableOthers, OverAThousandRefusalsInARowAre3013) {
  settings.client.rate_limit.client_command = {1, 1};
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(test::client_text(connect_as()));
  ASSERT_TRUE(client.frame());
  std::string many;
  for (int i = 0; i < 1500; ++i)
    many += R"({"id":2,"rpc":{"method":"nope"}})"
            "\n";
  client.send(test::client_text(many));
  std::size_t refused = 0;
  auto got = client.frame();
  for (; got && got->opcode == 1; got = client.frame())
    refused += got->payload.find(R"("code":111)") != std::string::npos;
  ASSERT_TRUE(got);
  EXPECT_EQ(wire_frame(8, got->payload), wire_close(3013, "too many requests"));
  EXPECT_EQ(refused, 1000u);
  EXPECT_TRUE(client.closed());
}

TEST_F(ClientTableOthers, ShutdownIs3001) {
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(test::client_text(connect_as()));
  ASSERT_TRUE(client.frame());
  server->shutdown();
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(wire_frame(8, got->payload), wire_close(3001, "shutdown"));
}

} // namespace
} // namespace lastseen
