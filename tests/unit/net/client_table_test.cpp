#include "tests/support/client_wire.hpp"
#include "tests/support/node_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

// Every row of the contract's tables of errors, disconnects and limits (B.4.6
// to B.4.8) that can come about is one case, byte by byte.
namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::connect_as;
using test::connect_with;
using test::loopback_client;
using test::token_of;
using test::wire_close;
using test::wire_frame;
using test::wire_text;

using change = std::function<void(config::settings&)>;

void nothing(config::settings&) {}

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
      got +=
        wire_frame(static_cast<unsigned char>(next->opcode), next->payload);
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
    return wire_text(R"({"id":)" + std::to_string(id) + R"(,"error":{"code":)"
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
     .sent = {connect_as(R"({"sub":""})"), rpc()},
     .expected = error(2, 103, "permission denied"),
     .ends = false},
    {.name = "MethodNotFound104",
     .settings = nothing,
     .sent = {connect_as(), R"({"id":2,"rpc":{"method":"nope"}})"},
     .expected = error(2, 104, "method not found"),
     .ends = false},
    {.name = "BadRequest107OfData",
     .settings = nothing,
     .sent = {connect_as(), rpc("[]")},
     .expected = error(
       2, 107, "bad request: data: must be an object, its state a string"),
     .ends = false},
    {.name = "BadRequest107OfAState",
     .settings = nothing,
     .sent = {connect_as(),
              rpc(R"({"state":")" + std::string(65, 's') + "\"}")},
     .expected = error(2, 107, "bad request: state: at most 64 bytes"),
     .ends = false},
    {.name = "NotAvailable108OfACommand",
     .settings = nothing,
     .sent = {connect_as(), R"({"id":2,"subscribe":{"channel":"a"}})"},
     .expected = error(2, 108, "not available"),
     .ends = false},
    {.name = "NotAvailable108OfUpdates",
     .settings =
       [](config::settings& x) { x.user_status.disable_for_client = true; },
     .sent = {connect_as(), rpc()},
     .expected = error(2, 108, "not available"),
     .ends = false},
    {.name = "TokenExpired109",
     .settings = nothing,
     .sent = {connect_as(R"({"sub":"42","exp":1})")},
     .expected = error(1, 109, "token expired"),
     .connects = false,
     .ends = false},
    {.name = "TokenExpired109BeforeItsTime",
     .settings = nothing,
     .sent = {connect_as(R"({"sub":"42","nbf":9000000000})")},
     .expected = error(1, 109, "token expired"),
     .connects = false,
     .ends = false},
    {.name = "Expired110",
     .settings = nothing,
     .sent = {connect_as(R"({"sub":"42","expire_at":1})")},
     .expected = error(1, 110, "expired"),
     .connects = false,
     .ends = false},
    {.name = "Expired110OfARefresh",
     .settings = nothing,
     .sent = {connect_as(), refresh(token_of(R"({"sub":"42","expire_at":1})"))},
     .expected = error(2, 110, "expired"),
     .ends = false},
    {.name = "TooManyRequests111",
     .settings =
       [](config::settings& x) {
         x.client.rate_limit.client_command = {1, 1};
       },
     .sent = {connect_as(), R"({"id":2,"rpc":{"method":"nope"}})",
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
     .sent = {connect_as(), refresh(token_of(R"({"sub":"42","exp":1})"))},
     .expected = wire_close(3005, "connection expired")},
    {.name = "NoPong3012",
     .settings =
       [](config::settings& x) {
         x.client.ping_interval = 40ms;
         x.client.pong_timeout = 20ms;
       },
     .sent = {connect_as()},
     .expected = wire_close(3012, "no pong")},
    {.name = "InvalidToken3500",
     .settings = nothing,
     .sent = {connect_with("a.b.c")},
     .expected = wire_close(3500, "invalid token"),
     .connects = false},
    {.name = "InvalidToken3500OfAnotherUser",
     .settings = nothing,
     .sent = {connect_as(), refresh(token_of(R"({"sub":"43"})"))},
     .expected = wire_close(3500, "invalid token")},
    {.name = "BadRequest3501",
     .settings = nothing,
     .sent = {"x"},
     .expected = wire_close(3501, "bad request"),
     .connects = false},
    {.name = "BadRequest3501WithoutCredentials",
     .settings = nothing,
     .sent = {R"({"id":1,"connect":{}})"},
     .expected = wire_close(3501, "bad request"),
     .connects = false},
    {.name = "BadRequest3501OfAnEmptyRefresh",
     .settings = nothing,
     .sent = {connect_as(), R"({"id":2,"refresh":{}})"},
     .expected = wire_close(3501, "bad request")},
    {.name = "BadRequest3501OfAPongUnasked",
     .settings = nothing,
     .sent = {connect_as(), "{}"},
     .expected = wire_close(3501, "bad request")},
    {.name = "BadRequest3501OfAnEmptyLine",
     .settings = nothing,
     .sent = {connect_as(), rpc() + "\n\n" + rpc()},
     .expected = wire_close(3501, "bad request")},
    {.name = "Stale3502",
     .settings = [](config::settings& x) { x.client.stale_close_delay = 50ms; },
     .sent = {},
     .expected = wire_close(3502, "stale"),
     .connects = false},
    {.name = "PermissionDenied3507",
     .settings =
       [](config::settings& x) {
         x.client.disallow_anonymous_connection_tokens = true;
       },
     .sent = {connect_as(R"({"sub":""})")},
     .expected = wire_close(3507, "permission denied"),
     .connects = false},
    {.name = "NotAvailable3508",
     .settings = nothing,
     .sent = {connect_as(), R"({"send":{"data":{}}})"},
     .expected = wire_close(3508, "not available")},
    // -- of WebSocket itself
    {.name = "TooBig1009",
     .settings = nothing,
     .sent = {connect_as(), std::string(65'537, ' ')},
     .expected = wire_close(1009, "")},
    {.name = "NotUtf81007",
     .settings = nothing,
     .sent = {connect_as(), "\xff"},
     .expected = wire_close(1007, "")},
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
    return got
             ? wire_frame(static_cast<unsigned char>(got->opcode), got->payload)
             : "closed";
  };
  EXPECT_EQ(
    ask("\x0a\x08\x03\x6a\x06\x12\x04nope"s),
    wire_frame(2, "\x18\x08\x03\x12\x14\x08\x68\x12\x10method not found"s));
  EXPECT_EQ(
    ask("\x18\x08\x04\x6a\x14\x12\x12update_user_status"s),
    wire_frame(2, "\x19\x08\x04\x12\x15\x08\x67\x12\x11permission denied"s));
  EXPECT_EQ(ask("\xff"s), wire_close(3501, "bad request"));
  EXPECT_TRUE(client.closed());
}

} // namespace
} // namespace lastseen
