#include "tests/support/jwt.hpp"
#include "tests/support/node_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

// Every row of the contract's tables of errors, disconnects and limits (B.4.6
// to B.4.8) that can come about is one case, byte by byte.
namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::loopback_client;

using change = std::function<void(config::settings&)>;

void nothing(config::settings&) {}

// -- what comes ---------------------------------------------------------------

std::string frame(unsigned char opcode, const std::string& payload) {
  return std::string{static_cast<char>(0x80 | opcode)}
         + static_cast<char>(payload.size()) + payload;
}

std::string text(const std::string& payload) {
  return frame(1, payload);
}

std::string binary(const std::string& payload) {
  return frame(2, payload);
}

std::string closed(unsigned code, const std::string& reason) {
  return frame(8, std::string{static_cast<char>(code >> 8)}
                    + static_cast<char>(code & 0xff) + reason);
}

// -- what is sent -------------------------------------------------------------

std::string token(const std::string& claims) {
  return test::sign_hs256(claims, "secret");
}

std::string at(std::chrono::seconds delay) {
  auto then = std::chrono::system_clock::now() + delay;
  return std::to_string(
    std::chrono::floor<std::chrono::seconds>(then.time_since_epoch()).count());
}

std::string connect_with(const std::string& made) {
  return R"({"id":1,"connect":{"token":")" + made + "\"}}";
}

std::string connect(const std::string& claims = R"({"sub":"42"})") {
  return connect_with(token(claims));
}

std::string refresh(const std::string& made) {
  return R"({"id":2,"refresh":{"token":")" + made + "\"}}";
}

std::string rpc(const std::string& data = "{}") {
  return R"({"id":2,"rpc":{"method":"update_user_status","data":)" + data
         + "}}";
}

struct row {
  const char* name;
  change settings;
  /// One message each.
  std::vector<std::string> sent;
  /// What comes after the reply to a `connect` that succeeds, which has a
  /// random part, and after pings.
  std::string expected;
  /// Whether the first message is such a `connect`.
  bool connects = true;
  /// Whether the server then closes TCP (after the peer's close frame).
  bool ends = true;
};

std::ostream& operator<<(std::ostream& out, const row& x) {
  return out << x.name;
}

class ClientTable : public test::node_fixture,
                    public testing::WithParamInterface<row> {};

TEST_P(ClientTable, IsWhatGoesOverTheWire) {
  const auto& x = GetParam();
  settings.client.ping_interval = 60s;
  x.settings(settings);
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  for (std::size_t i = 0; i < x.sent.size(); ++i) {
    ASSERT_TRUE(client.send(test::client_text(x.sent[i])));
    if (i == 0 && x.connects) {
      auto reply = client.frame();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->payload.find(R"({"id":1,"connect":{"client":")"), 0u)
        << reply->payload;
    }
  }
  std::string got;
  while (got.size() < x.expected.size()) {
    auto next = client.frame();
    ASSERT_TRUE(next) << got;
    if (next->payload != "{}")
      got += frame(static_cast<unsigned char>(next->opcode), next->payload);
  }
  EXPECT_EQ(got, x.expected);
  if (x.ends) {
    EXPECT_TRUE(client.closed());
  }
}

std::string name_of(const testing::TestParamInfo<row>& x) {
  return x.param.name;
}

// -- errors -------------------------------------------------------------------

std::vector<row> error_rows() {
  auto error = [](unsigned id, unsigned code, const std::string& message,
                  bool temporary = false) {
    return text(R"({"id":)" + std::to_string(id) + R"(,"error":{"code":)"
                + std::to_string(code) + R"(,"message":")" + message + '"'
                + (temporary ? R"(,"temporary":true)" : "") + "}}");
  };
  return {
    {.name = "Internal100",
     .settings =
       [](config::settings& x) { // nobody there
         x.client.token.jwks_public_endpoint = "http://127.0.0.1:1/keys";
       },
     .sent = {connect_with(test::sign_hs256(R"({"sub":"42"})", "",
                                            R"({"alg":"RS256","kid":"a"})"))},
     .expected = error(1, 100, "internal server error", true),
     .connects = false,
     .ends = false},
    {.name = "PermissionDenied103",
     .settings = nothing,
     .sent = {connect(R"({"sub":""})"), rpc()},
     .expected = error(2, 103, "permission denied"),
     .ends = false},
    {.name = "MethodNotFound104",
     .settings = nothing,
     .sent = {connect(), R"({"id":2,"rpc":{"method":"nope"}})"},
     .expected = error(2, 104, "method not found"),
     .ends = false},
    {.name = "BadRequest107OfData",
     .settings = nothing,
     .sent = {connect(), rpc("[]")},
     .expected = error(
       2, 107, "bad request: data: must be an object, its state a string"),
     .ends = false},
    {.name = "BadRequest107OfAState",
     .settings = nothing,
     .sent = {connect(), rpc(R"({"state":")" + std::string(65, 's') + "\"}")},
     .expected = error(2, 107, "bad request: state: at most 64 bytes"),
     .ends = false},
    {.name = "NotAvailable108OfACommand",
     .settings = nothing,
     .sent = {connect(), R"({"id":2,"subscribe":{"channel":"a"}})"},
     .expected = error(2, 108, "not available"),
     .ends = false},
    {.name = "NotAvailable108OfUpdates",
     .settings =
       [](config::settings& x) { x.user_status.disable_for_client = true; },
     .sent = {connect(), rpc()},
     .expected = error(2, 108, "not available"),
     .ends = false},
    {.name = "TokenExpired109",
     .settings = nothing,
     .sent = {connect(R"({"sub":"42","exp":1})")},
     .expected = error(1, 109, "token expired"),
     .connects = false,
     .ends = false},
    {.name = "TokenExpired109BeforeItsTime",
     .settings = nothing,
     .sent = {connect(R"({"sub":"42","nbf":9000000000})")},
     .expected = error(1, 109, "token expired"),
     .connects = false,
     .ends = false},
    {.name = "Expired110",
     .settings = nothing,
     .sent = {connect(R"({"sub":"42","expire_at":1})")},
     .expected = error(1, 110, "expired"),
     .connects = false,
     .ends = false},
    {.name = "Expired110OfARefresh",
     .settings = nothing,
     .sent = {connect(), refresh(token(R"({"sub":"42","expire_at":1})"))},
     .expected = error(2, 110, "expired"),
     .ends = false},
    {.name = "TooManyRequests111",
     .settings =
       [](config::settings& x) {
         x.client.rate_limit.client_command = {1, 1};
       },
     .sent = {connect(), R"({"id":2,"rpc":{"method":"nope"}})",
              R"({"id":3,"rpc":{"method":"nope"}})"},
     .expected = error(2, 104, "method not found")
                 + error(3, 111, "too many requests", true),
     .ends = false},
  };
}

INSTANTIATE_TEST_SUITE_P(Error, ClientTable, testing::ValuesIn(error_rows()),
                         name_of);

// -- disconnects --------------------------------------------------------------

std::vector<row> disconnect_rows() {
  return {
    {.name = "Expired3005OfARefresh",
     .settings = nothing,
     .sent = {connect(), refresh(token(R"({"sub":"42","exp":1})"))},
     .expected = closed(3005, "connection expired")},
    {.name = "NoPong3012",
     .settings =
       [](config::settings& x) {
         x.client.ping_interval = 40ms;
         x.client.pong_timeout = 20ms;
       },
     .sent = {connect()},
     .expected = closed(3012, "no pong")},
    {.name = "InvalidToken3500",
     .settings = nothing,
     .sent = {connect_with("a.b.c")},
     .expected = closed(3500, "invalid token"),
     .connects = false},
    {.name = "InvalidToken3500OfAnotherUser",
     .settings = nothing,
     .sent = {connect(), refresh(token(R"({"sub":"43"})"))},
     .expected = closed(3500, "invalid token")},
    {.name = "BadRequest3501",
     .settings = nothing,
     .sent = {"x"},
     .expected = closed(3501, "bad request"),
     .connects = false},
    {.name = "BadRequest3501WithoutCredentials",
     .settings = nothing,
     .sent = {R"({"id":1,"connect":{}})"},
     .expected = closed(3501, "bad request"),
     .connects = false},
    {.name = "BadRequest3501OfAnEmptyRefresh",
     .settings = nothing,
     .sent = {connect(), R"({"id":2,"refresh":{}})"},
     .expected = closed(3501, "bad request")},
    {.name = "BadRequest3501OfAPongUnasked",
     .settings = nothing,
     .sent = {connect(), "{}"},
     .expected = closed(3501, "bad request")},
    {.name = "BadRequest3501OfAnEmptyLine",
     .settings = nothing,
     .sent = {connect(), rpc() + "\n\n" + rpc()},
     .expected = closed(3501, "bad request")},
    {.name = "Stale3502",
     .settings = [](config::settings& x) { x.client.stale_close_delay = 50ms; },
     .sent = {},
     .expected = closed(3502, "stale"),
     .connects = false},
    {.name = "PermissionDenied3507",
     .settings =
       [](config::settings& x) {
         x.client.disallow_anonymous_connection_tokens = true;
       },
     .sent = {connect(R"({"sub":""})")},
     .expected = closed(3507, "permission denied"),
     .connects = false},
    {.name = "NotAvailable3508",
     .settings = nothing,
     .sent = {connect(), R"({"send":{"data":{}}})"},
     .expected = closed(3508, "not available")},
    // -- of WebSocket itself
    {.name = "TooBig1009",
     .settings = nothing,
     .sent = {connect(), std::string(65'537, ' ')},
     .expected = closed(1009, "")},
    {.name = "NotUtf81007",
     .settings = nothing,
     .sent = {connect(), "\xff"},
     .expected = closed(1007, "")},
  };
}

INSTANTIATE_TEST_SUITE_P(Disconnect, ClientTable,
                         testing::ValuesIn(disconnect_rows()), name_of);

// -- in Protobuf --------------------------------------------------------------

class ClientTableProtobuf : public test::node_fixture {};

TEST_F(ClientTableProtobuf, IsWhatGoesOverTheWire) {
  settings.client.allow_anonymous_connect_without_token = true;
  start();
  loopback_client client{port()};
  auto upgraded =
    client.ask(upgrade("Sec-WebSocket-Protocol: centrifuge-protobuf\r\n"));
  ASSERT_EQ(upgraded->status, 101u);
  EXPECT_TRUE(upgraded->has("Sec-WebSocket-Protocol: centrifuge-protobuf"));
  using namespace std::string_literals;
  ASSERT_TRUE(client.send(
    test::encode({.opcode = 2, .payload = "\x04\x08\x01\x22\x00"s})));
  EXPECT_EQ(client.frame()->opcode, 2u);
  auto ask = [&](const std::string& sent) {
    client.send(test::encode({.opcode = 2, .payload = sent}));
    auto got = client.frame();
    return got ? frame(static_cast<unsigned char>(got->opcode), got->payload)
               : "closed";
  };
  EXPECT_EQ(ask("\x0a\x08\x03\x6a\x06\x12\x04nope"s),
            binary("\x18\x08\x03\x12\x14\x08\x68\x12\x10method not found"s));
  EXPECT_EQ(ask("\x18\x08\x04\x6a\x14\x12\x12update_user_status"s),
            binary("\x19\x08\x04\x12\x15\x08\x67\x12\x11permission denied"s));
  EXPECT_EQ(ask("\xff"s), closed(3501, "bad request"));
  EXPECT_TRUE(client.closed());
}

// -- with more than one client, a clock, or one that does not read ------------

class ClientTableOthers : public test::node_fixture {
protected:
  /// Has a client call until it is closed, without reading. @returns how often
  /// clients were closed with that code.
  std::uint64_t closed_unread(protocol::disconnect_code code) {
    loopback_client client{port(), 4096};
    EXPECT_EQ(client.ask(upgrade())->status, 101u);
    client.send(test::client_text(connect()));
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
    test::client_text(connect(R"({"sub":"42","exp":)" + at(3s) + "}")));
  ASSERT_EQ(client.frame()->opcode, 1u);
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(frame(8, got->payload), closed(3005, "connection expired"));
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
  first.send(test::client_text(connect()));
  ASSERT_TRUE(first.frame());
  loopback_client second{port()};
  ASSERT_EQ(second.ask(upgrade())->status, 101u);
  second.send(test::client_text(connect()));
  auto got = second.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(frame(8, got->payload), closed(3504, "connection limit"));
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

TEST_F(ClientTableOthers, ShutdownIs3001) {
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(test::client_text(connect()));
  ASSERT_TRUE(client.frame());
  server->shutdown();
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(frame(8, got->payload), closed(3001, "shutdown"));
}

} // namespace
} // namespace lastseen
