#include "tests/support/client_wire.hpp"
#include "tests/support/node_fixture.hpp"

#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The contract's tables of the other transports (B.8), byte by byte.
namespace lastseen {
namespace {

using test::loopback_client;
using test::token_of;
using test::wire_close;
using test::wire_frame;

std::string post(const std::string& path, const std::string& body,
                 const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

std::string chunk(const std::string& data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string size(8, '0');
  auto rest = data.size();
  for (auto i = size.size(); i-- > 0; rest /= 16)
    size[i] = digits[rest % 16];
  return size + "\r\n" + data + "\r\n";
}

class ClientStreams : public test::node_fixture {
protected:
  ClientStreams() {
    settings.http_stream.enabled = true;
    settings.sse.enabled = true;
    settings.uni_http_stream.enabled = true;
    settings.uni_sse.enabled = true;
    settings.uni_websocket.enabled = true;
  }

  /// What comes after the header of the response, to the end.
  static std::string all_of(loopback_client& client,
                            const std::string& request) {
    auto head = client.ask(request);
    EXPECT_TRUE(head && head->status == 200);
    client.fill(std::string::npos);
    return client.rest();
  }
};

// -- unidirectional clients are told errors by a disconnect -------------------

struct uni_row {
  const char* name;
  std::function<void(config::settings&)> settings;
  std::string sent;
  unsigned code;
  std::string reason;
};

std::ostream& operator<<(std::ostream& out, const uni_row& x) {
  return out << x.name;
}

class ClientStreamsUni : public ClientStreams,
                         public testing::WithParamInterface<uni_row> {};

TEST_P(ClientStreamsUni, IsToldByADisconnect) {
  const auto& x = GetParam();
  x.settings(settings);
  start();
  auto push = R"({"disconnect":{"code":)" + std::to_string(x.code)
              + R"(,"reason":")" + x.reason + "\"}}";
  loopback_client lines{port()};
  EXPECT_EQ(all_of(lines, post("/connection/uni_http_stream", x.sent)),
            chunk(push + "\n") + "0\r\n\r\n");
  loopback_client events{port()};
  EXPECT_EQ(all_of(events, post("/connection/uni_sse", x.sent)),
            "2\r\n\r\n\r\n" + chunk("data: " + push + "\n\n") + "0\r\n\r\n");
  // By WebSocket it is the close frame.
  loopback_client socket{port()};
  auto request = upgrade();
  request.insert(request.find("websocket"), "uni_");
  ASSERT_EQ(socket.ask(request)->status, 101u);
  socket.send(test::client_text(x.sent));
  auto got = socket.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(wire_frame(got->opcode, got->payload),
            wire_close(x.code, x.reason));
}

std::vector<uni_row> uni_rows() {
  auto with = [](const std::string& made) {
    return R"({"token":")" + made + "\"}";
  };
  auto nothing = [](config::settings&) {};
  return {
    {"InvalidToken3500", nothing, with("a.b.c"), 3500, "invalid token"},
    {"TokenExpired109Is3005", nothing,
     with(token_of(R"({"sub":"42","exp":1})")), 3005, "connection expired"},
    {"Expired110Is3005", nothing,
     with(token_of(R"({"sub":"42","expire_at":1})")), 3005,
     "connection expired"},
    {"PermissionDenied3507",
     [](config::settings& x) {
       x.client.disallow_anonymous_connection_tokens = true;
     },
     with(token_of(R"({"sub":""})")), 3507, "permission denied"},
    {"Internal100Is3004",
     [](config::settings& x) { // nobody there
       x.client.token.jwks_public_endpoint = "http://127.0.0.1:1/keys";
     },
     with(
       test::sign_hs256(R"({"sub":"42"})", "", R"({"alg":"RS256","kid":"a"})")),
     3004, "internal server error"},
    {"NoCredentials3501", nothing, "{}", 3501, "bad request"},
    {"NoJson3501", nothing, "x", 3501, "bad request"},
  };
}

INSTANTIATE_TEST_SUITE_P(Table, ClientStreamsUni, testing::ValuesIn(uni_rows()),
                         [](const auto& x) { return x.param.name; });

// -- bidirectional clients are told by a push ---------------------------------

TEST_F(ClientStreams, ADisconnectIsAPushBeforeTheEnd) {
  start();
  std::string connect = R"({"id":1,"connect":{"token":"a.b.c"}})";
  std::string push =
    R"({"push":{"disconnect":{"code":3500,"reason":"invalid token"}}})";
  loopback_client lines{port()};
  EXPECT_EQ(all_of(lines, post("/connection/http_stream", connect)),
            chunk(push + "\n") + "0\r\n\r\n");
  loopback_client events{port()};
  EXPECT_EQ(all_of(events, post("/connection/sse", connect)),
            "2\r\n\r\n\r\n" + chunk("data: " + push + "\n\n") + "0\r\n\r\n");
  // Without chunks the end of the connection is that of the body.
  loopback_client old{port()};
  auto request = post("/connection/sse", connect);
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  EXPECT_EQ(all_of(old, request), "\r\ndata: " + push + "\n\n");
}

TEST_F(ClientStreams, AProtobufMessageCarriesItsLength) {
  using namespace std::string_literals;
  start();
  loopback_client client{port()};
  auto push = "\x16\x22\x14\x5a\x12\x08\xac\x1b\x12\x0dinvalid token"s;
  EXPECT_EQ(all_of(client, post("/connection/http_stream",
                                "\x0d\x08\x01\x22\x09\x0a\x03JWT\x22\x02js"s,
                                "Content-Type: application/octet-stream\r\n")),
            chunk(push) + "0\r\n\r\n");
}

// -- HTTP ---------------------------------------------------------------------

TEST_F(ClientStreams, SayWhatTheContractSaysInTheHeader) {
  start();
  std::string common = "X-Accel-Buffering: no\r\n"
                       "Cache-Control: private, no-cache, no-store, "
                       "must-revalidate, max-age=0\r\n"
                       "Pragma: no-cache\r\n"
                       "Expire: 0\r\n"
                       "Connection: keep-alive\r\n"
                       "Transfer-Encoding: chunked\r\n";
  for (std::string path :
       {"/connection/http_stream", "/connection/sse",
        "/connection/uni_http_stream", "/connection/uni_sse"}) {
    loopback_client client{port()};
    auto events = path.ends_with("sse");
    auto got = client.ask(post(path, "{}"));
    ASSERT_TRUE(got) << path;
    EXPECT_EQ(got->header,
              (events ? "HTTP/1.1 200 OK\r\n"
                        "Content-Type: text/event-stream; charset=utf-8\r\n"
                      : "HTTP/1.1 200 OK\r\n")
                + common)
      << path;
  }
}

TEST_F(ClientStreams, AreWhereTheirPrefixesSay) {
  settings.websocket.handler_prefix = "/a";
  settings.http_stream.handler_prefix = "/b/c";
  settings.sse.handler_prefix = "/d";
  settings.emulation.handler_prefix = "/e";
  settings.uni_websocket.handler_prefix = "/f";
  settings.uni_http_stream.handler_prefix = "/g";
  settings.uni_sse.handler_prefix = "/h";
  start();
  auto status = [this](std::string request, std::string_view was,
                       std::string_view is) {
    loopback_client there{port()};
    EXPECT_EQ(there.ask(request)->status, 404u) << was;
    request.replace(request.find(was), was.size(), is);
    loopback_client client{port()};
    return client.ask(request)->status;
  };
  auto uni = upgrade();
  uni.insert(uni.find("websocket"), "uni_");
  // No old path is left, neither is what only begins with a new one.
  EXPECT_EQ(status(upgrade(), "/connection/websocket", "/a"), 101u);
  EXPECT_EQ(status(upgrade(), "/connection/websocket", "/a/"), 404u);
  EXPECT_EQ(status(uni, "/connection/uni_websocket", "/f"), 101u);
  for (auto [was, is] : {std::pair{"/connection/http_stream", "/b/c"},
                         std::pair{"/connection/sse", "/d"},
                         std::pair{"/connection/uni_http_stream", "/g"},
                         std::pair{"/connection/uni_sse", "/h"}})
    EXPECT_EQ(status(post(was, "{}"), was, is), 200u) << is;
  EXPECT_EQ(status(post("/emulation", "{}"), "/emulation", "/e"), 404u);
  loopback_client other{port()};
  EXPECT_EQ(other.ask(post("/e", "x"))->status, 400u);
}

TEST_F(ClientStreams, SayWhatTimeItIsWhereTheySay) {
  settings.client.connect_include_server_time = true;
  start();
  loopback_client client{port()};
  auto connect = R"({"token":")" + token_of(R"({"sub":"42"})") + "\"}";
  auto head = client.ask(post("/connection/uni_http_stream", connect));
  ASSERT_TRUE(head && head->status == 200);
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::system_clock::now().time_since_epoch());
  auto at = std::string::npos;
  while ((at = client.rest().find(",\"time\":")) == std::string::npos)
    ASSERT_TRUE(client.fill(client.rest().size() + 1));
  client.fill(at + 8 + 13);
  auto said = std::stoll(client.rest().substr(at + 8));
  EXPECT_NEAR(static_cast<double>(said), static_cast<double>(now.count()),
              60'000.0);
}

struct refusal_row {
  const char* name;
  std::string request;
  unsigned status;
  std::vector<std::string> fields = {};
};

std::ostream& operator<<(std::ostream& out, const refusal_row& x) {
  return out << x.name;
}

class ClientStreamsRefusal : public ClientStreams,
                             public testing::WithParamInterface<refusal_row> {};

TEST_P(ClientStreamsRefusal, IsAnsweredSo) {
  settings.http_stream.max_request_body_size = 128;
  settings.emulation.max_request_body_size = 128;
  settings.uni_sse.enabled = false;
  settings.client.allowed_origins = {"https://good.example"};
  start();
  loopback_client client{port()};
  auto got = client.ask(GetParam().request);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, GetParam().status) << got->header;
  for (const auto& x : GetParam().fields)
    EXPECT_TRUE(got->has(x)) << x << '\n' << got->header;
}

std::vector<refusal_row> refusal_rows() {
  auto request = [](const std::string& method, const std::string& path,
                    const std::string& fields = "") {
    return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  };
  std::string good = "Origin: https://good.example\r\n";
  std::string bad = "Origin: https://bad.example\r\n";
  std::string origin = "Access-Control-Allow-Origin: https://good.example";
  std::string credentials = "Access-Control-Allow-Credentials: true";
  std::string large(129, ' ');
  return {
    {"GetOfHttpStream405",
     request("GET", "/connection/http_stream"),
     405,
     {"Allow: POST, OPTIONS"}},
    {"PutOfSse405",
     request("PUT", "/connection/sse"),
     405,
     {"Allow: GET, POST, OPTIONS"}},
    {"GetOfEmulation405",
     request("GET", "/emulation"),
     405,
     {"Allow: POST, OPTIONS"}},
    {"LargeHttpStream413", post("/connection/http_stream", large), 413},
    {"LargeEmulation413", post("/emulation", large), 413},
    {"SseWithoutConnect400", request("GET", "/connection/sse"), 400},
    {"HttpStreamWithoutConnect400", post("/connection/http_stream", ""), 400},
    {"EmulationOfNoJson400", post("/emulation", "x"), 400},
    {"EmulationOfAnotherNode404",
     post("/emulation", R"({"session":"s","node":"n","data":"{}"})"), 404},
    {"SwitchedOff404", request("GET", "/connection/uni_sse"), 404},
    {"ForeignOriginOfHttpStream403", post("/connection/http_stream", "{}", bad),
     403},
    {"ForeignOriginOfSse403", request("GET", "/connection/sse", bad), 403},
    {"ForeignOriginOfEmulation403", post("/emulation", "{}", bad), 403},
    {"OptionsOfHttpStream204",
     request("OPTIONS", "/connection/http_stream",
             good + "Access-Control-Request-Headers: content-type\r\n"),
     204,
     {origin, credentials, "Access-Control-Allow-Headers: content-type"}},
    {"OptionsOfEmulation204",
     request("OPTIONS", "/emulation", good),
     204,
     {origin, credentials, "Access-Control-Max-Age: 300",
      "Access-Control-Allow-Methods: POST, OPTIONS"}},
    {"AllowedOriginOfARefusal",
     post("/emulation", "x", good),
     400,
     {origin, credentials}},
  };
}

INSTANTIATE_TEST_SUITE_P(Table, ClientStreamsRefusal,
                         testing::ValuesIn(refusal_rows()),
                         [](const auto& x) { return x.param.name; });

} // namespace
} // namespace lastseen
