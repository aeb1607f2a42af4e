#include "net/websocket_session.hpp"
#include "tests/support/jwt.hpp"
#include "tests/support/node_fixture.hpp"

#include <atomic>
#include <thread>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::client_text;
using test::eventually;
using test::loopback_client;

class WebsocketSession : public test::node_fixture {
protected:
  static std::string token() {
    return test::sign_hs256(R"({"sub":"42"})", secret);
  }

  static std::string connect(std::uint32_t id = 1) {
    return R"({"id":)" + std::to_string(id) + R"(,"connect":{"token":")"
           + token() + R"("}})";
  }

  static std::string rpc(std::uint32_t id) {
    return R"({"id":)" + std::to_string(id)
           + R"(,"rpc":{"method":"update_user_status","data":{}}})";
  }

  static std::string rpc_reply(std::uint32_t id) {
    return R"({"id":)" + std::to_string(id) + R"(,"rpc":{"data":{}}})";
  }

  /// A connected client.
  loopback_client open() {
    loopback_client out{port()};
    EXPECT_EQ(out.ask(upgrade())->status, 101u);
    out.send(client_text(connect()));
    auto reply = out.frame();
    EXPECT_TRUE(reply);
    EXPECT_EQ(reply->payload.find(R"({"id":1,"connect":{"client":")"), 0u)
      << reply->payload;
    return out;
  }
};

TEST_F(WebsocketSession, ConnectsAndTakesAnActivity) {
  start();
  auto client = open();
  EXPECT_EQ(env->clients, 1u);
  ASSERT_TRUE(client.send(client_text(rpc(2))));
  EXPECT_EQ(client.frame()->payload, rpc_reply(2));
  EXPECT_TRUE(eventually([&] { return store().stored("42").active != 0; }));
}

TEST_F(WebsocketSession, TakesFramesThatCameWithTheUpgrade) {
  start();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(upgrade() + client_text(connect())
                          + client_text(rpc(2) + "\n" + rpc(3))));
  EXPECT_EQ(client.response()->status, 101u);
  EXPECT_EQ(client.frame()->payload.find(R"({"id":1,"connect")"), 0u);
  EXPECT_EQ(client.frame()->payload, rpc_reply(2));
  EXPECT_EQ(client.frame()->payload, rpc_reply(3));
}

TEST_F(WebsocketSession, RefusesAForeignOrigin) {
  settings.client.allowed_origins = {"https://good.example"};
  start();
  loopback_client bad{port()};
  auto got = bad.ask(upgrade("Origin: https://bad.example\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 403u);
  EXPECT_TRUE(got->has("Sec-WebSocket-Version: 13"));
  EXPECT_TRUE(bad.closed());
  loopback_client good{port()};
  EXPECT_EQ(good.ask(upgrade("Origin: https://good.example\r\n"))->status,
            101u);
}

TEST_F(WebsocketSession, RefusesWhatIsNoUpgrade) {
  start();
  loopback_client client{port()};
  auto got =
    client.ask("GET /connection/websocket HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 400u);
  EXPECT_TRUE(client.closed());
}

TEST_F(WebsocketSession, ClosesAClientThatSpeaksAnotherLanguage) {
  start();
  auto client = open();
  ASSERT_TRUE(client.send(client_text("hello")));
  EXPECT_EQ(client.frame()->code(), 3501u);
  EXPECT_TRUE(client.closed());
}

TEST_F(WebsocketSession, ClosesAClientWithAWrongToken) {
  start();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(
    upgrade() + client_text(R"({"id":1,"connect":{"token":"x.y.z"}})")));
  EXPECT_EQ(client.response()->status, 101u);
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code(), 3500u);
  EXPECT_EQ(got->payload.substr(2), "invalid token");
}

TEST_F(WebsocketSession, AnswersPingFrames) {
  start();
  auto client = open();
  ASSERT_TRUE(client.send(test::encode({.opcode = 9, .payload = "abc"})));
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->opcode, 10u);
  EXPECT_EQ(got->payload, "abc");
}

TEST_F(WebsocketSession, GivesACloseFrameBack) {
  start();
  auto client = open();
  ASSERT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  auto came = store().stored("42").online;
  std::this_thread::sleep_for(2ms); // so that the two differ
  ASSERT_TRUE(client.send(test::encode({.opcode = 8, .payload = "\x03\xe8"})));
  EXPECT_EQ(client.frame()->code(), 1000u);
  EXPECT_TRUE(client.closed());
  client.shutdown_send();
  EXPECT_TRUE(eventually([&] { return env->clients == 0; }));
  EXPECT_TRUE(eventually([&] { return store().stored("42").online > came; }));
}

TEST_F(WebsocketSession, ClosesAClientThatBreaksTheFraming) {
  start();
  auto client = open();
  ASSERT_TRUE(client.send(test::encode({.payload = "x", .masked = false})));
  EXPECT_EQ(client.frame()->code(), 1002u);
}

TEST_F(WebsocketSession, ClosesAClientWhoseMessageIsTooLarge) {
  settings.websocket.message_size_limit = 1000;
  start();
  auto client = open();
  ASSERT_TRUE(client.send(client_text(std::string(1001, ' '))));
  EXPECT_EQ(client.frame()->code(), 1009u);
}

TEST_F(WebsocketSession, ClosesAStrangerWhoseFrameDoesNotEnd) {
  settings.client.stale_close_delay = 100ms;
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  for (auto c : client_text(connect()).substr(0, 20))
    ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.frame()->code(), 3502u);
}

TEST_F(WebsocketSession, ClosesAClientWhoseFrameDoesNotEnd) {
  settings.client.ping_interval = 100ms;
  settings.client.pong_timeout = 50ms;
  start();
  auto client = open();
  ASSERT_TRUE(client.send(client_text(rpc(2)).substr(0, 20)));
  EXPECT_EQ(client.frame()->payload, "{}");
  ASSERT_TRUE(client.send(client_text("{}"))); // within the frame: no pong
  EXPECT_EQ(client.frame()->code(), 3012u);
}

TEST_F(WebsocketSession, NoticesAClientThatGoesWithoutAWord) {
  start();
  {
    auto client = open();
    EXPECT_EQ(env->clients, 1u);
  }
  EXPECT_TRUE(eventually([&] { return env->clients == 0; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WebsocketSession, AnswersManyCommandsInOrder) {
  constexpr std::uint32_t n = 5000; // more than wait for the status actor
  settings.client.rate_limit.client_update_user_status.per_second = 0;
  start();
  auto client = open();
  std::string all;
  for (std::uint32_t i = 2; i < n; ++i)
    all += client_text(rpc(i));
  std::thread sender{[&] { EXPECT_TRUE(client.send(all)); }};
  for (std::uint32_t i = 2; i < n; ++i) {
    auto got = client.frame();
    ASSERT_TRUE(got) << i;
    ASSERT_EQ(got->payload, rpc_reply(i));
  }
  sender.join();
}

TEST_F(WebsocketSession, AnswersOthersWhileAClientFloods) {
  start();
  auto flooding = open(); // both are on the first thread
  auto other = open();
  std::string many;
  for (int i = 0; i < 5000; ++i)
    many += test::encode({.opcode = 10}); // a pong frame, which says nothing
  std::atomic<bool> done = false;
  std::thread flood{[&] {
    while (!done && flooding.send(many)) {
    }
  }};
  for (std::uint32_t i = 2; i < 10; ++i) {
    EXPECT_TRUE(other.send(client_text(rpc(i))));
    auto got = other.frame();
    EXPECT_TRUE(got && got->payload == rpc_reply(i));
  }
  done = true;
  flood.join();
}

TEST_F(WebsocketSession, ClosesAClientThatDoesNotReadItsReplies) {
  settings.client.queue_max_size = 200'000;
  start();
  loopback_client client{port(), 4096};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  ASSERT_TRUE(client.send(client_text(connect())));
  std::string many;
  for (std::uint32_t i = 2; i < 2000; ++i)
    many += client_text(R"({"id":)" + std::to_string(i) + R"(,"rpc":{}})");
  EXPECT_TRUE(eventually([&] { // until the sockets are full
    client.send(many);
    return env->clients == 0;
  }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WebsocketSession, TellsClientsThatTheServiceStops) {
  start();
  auto client = open();
  loopback_client waiting{port()}; // has not sent connect
  ASSERT_EQ(waiting.ask(upgrade())->status, 101u);
  server->stop_accepting();
  server->shutdown();
  for (auto* x : {&client, &waiting}) {
    auto got = x->frame();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->code(), 3001u);
    EXPECT_EQ(got->payload.substr(2), "shutdown");
    EXPECT_TRUE(x->closed());
  }
}

TEST_F(WebsocketSession, LetsNobodyInWhileTheServiceStops) {
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")->status, 404u);
  env->stopping = true;
  EXPECT_EQ(client.ask(upgrade())->status, 503u);
  EXPECT_TRUE(client.closed());
}

TEST_F(WebsocketSession, StopsWhileAClientThatClosedIsStillThere) {
  start();
  auto client = open();
  ASSERT_TRUE(client.send(test::encode({.opcode = 8})));
  EXPECT_EQ(client.frame()->opcode, 8u);
  server->shutdown();
  EXPECT_TRUE(client.closed());
}

} // namespace
} // namespace lastseen
