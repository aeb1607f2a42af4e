#include "net/request_log.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/node_fixture.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::loopback_client;

TEST(RequestLog, TakesOverIdsOfSafeCharactersOnly) {
  auto taken = [](std::string_view id) {
    return std::string{valid_request_id(id)};
  };
  EXPECT_EQ(taken("a-Z_0.9:=+/@"), "a-Z_0.9:=+/@");
  EXPECT_EQ(taken(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(taken(std::string(129, 'x')), "");
  for (auto bad : {"a b", "a\tb", "a\"b", "\xc3\xa4", "a,b"})
    EXPECT_EQ(taken(bad), "") << bad;
  EXPECT_EQ(taken(""), "");
}

TEST(RequestLog, MakesIdsThatDiffer) {
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i) {
    auto id = make_request_id();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_TRUE(all.insert(id).second);
  }
}

TEST(RequestLog, OneLineASecondPassesAndTellsHowManyDidNot) {
  log_limit aut;
  auto now = local_time{} + 100s;
  EXPECT_EQ(aut.pass(now), 0u);
  EXPECT_EQ(aut.pass(now), std::nullopt);
  EXPECT_EQ(aut.pass(now + 999ms), std::nullopt);
  EXPECT_EQ(aut.pass(now + 1s), 2u);
  EXPECT_EQ(aut.pass(now + 3s), 0u);
}

class RequestId : public test::node_fixture {};

TEST_F(RequestId, OfTheClientIsGivenBack) {
  start();
  loopback_client client{port()};
  auto got = client.ask(
    post("/api/get_user_status", R"({"users":["1"]})", "X-Request-ID: r7\r\n"));
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->has("X-Request-ID: r7"));
  got = client.ask(post("/api/x", "", "X-Request-ID: a b\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404u);
  EXPECT_EQ(got->header.find("X-Request-ID"), std::string::npos);
}

TEST_F(RequestId, IsMadeForTheAccessLog) {
  settings.log.access = true;
  start();
  loopback_client client{port()};
  auto got = client.ask(get_status("42"));
  ASSERT_TRUE(got);
  EXPECT_NE(got->header.find("X-Request-ID: "), std::string::npos);
}

TEST_F(RequestId, IsMadeWhenACallFailsAtTheStore) {
  start();
  store().fail(1, ec::rejected);
  loopback_client client{port()};
  std::optional<test::http_response> got;
  auto log = test::captured_log(settings.log,
                                [&] { got = client.ask(get_status("42")); });
  ASSERT_TRUE(got);
  constexpr std::string_view field = "X-Request-ID: ";
  auto at = got->header.find(field);
  ASSERT_NE(at, std::string::npos) << got->header;
  auto id = got->header.substr(at + field.size(), 16);
  EXPECT_NE(log.find("msg=\"call failed\" method=get_user_status request_id="
                     + id + " why="),
            log.npos)
    << id << log;
  got = client.ask(get_status("42"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->header.find(field), std::string::npos);
}

TEST_F(RequestId, IsMadeWhenACommandOfABatchFails) {
  start();
  store().fail(1, ec::rejected);
  loopback_client client{port()};
  auto log = test::captured_log(settings.log, [&] {
    client.ask(post("/api/batch",
                    R"({"commands":[{"get_user_status":{"users":["1"]}}]})"));
  });
  constexpr std::string_view field = "request_id=";
  auto at = log.find(field);
  ASSERT_NE(at, log.npos) << log;
  EXPECT_EQ(log.find(" why=", at), at + field.size() + 16) << log;
}

// What is no call is answered by the session itself.
class RequestIdOfARefusal : public RequestId {
protected:
  static std::string request(const std::string& line,
                             const std::string& fields = {},
                             const std::string& body = {}) {
    return line + " HTTP/1.1\r\nHost: x\r\nX-Request-ID: r7\r\n" + fields
           + "\r\n" + body;
  }

  static std::string refusal(const std::string& status,
                             const std::string& body = {},
                             const std::string& fields = {}) {
    auto type = body.empty() ? std::string{}
                             : "Content-Type: text/plain; charset=utf-8\r\n";
    return "HTTP/1.1 " + status + "\r\n" + type + "Content-Length: "
           + std::to_string(body.size()) + "\r\nConnection: close\r\n" + fields
           + "X-Request-ID: r7\r\n\r\n" + body;
  }

  /// Asks on a connection, a new one where none is given, which is closed then.
  /// The access log has a line of it.
  void expect(const std::string& asked, const std::string& answered) {
    loopback_client client{port()};
    expect(client, asked, answered);
  }

  void expect(loopback_client& client, const std::string& asked,
              const std::string& answered) {
    auto log = test::captured_log(settings.log, [&] {
      ASSERT_TRUE(client.send(asked));
      client.fill(answered.size());
      EXPECT_EQ(client.rest(), answered) << asked;
      client.response();
      EXPECT_TRUE(client.closed()) << asked;
    });
    EXPECT_NE(log.find(" status=" + answered.substr(9, 3) + " "), log.npos)
      << asked << log;
    EXPECT_NE(log.find(" request_id=r7\n"), log.npos) << asked << log;
  }
};

TEST_F(RequestIdOfARefusal, IsGivenBackAndLogged) {
  settings.log.access = true;
  settings.client.connection_limit = 1;
  settings.client.allowed_origins = {"http://good"};
  settings.http_server.max_body_size = 1024;
  start();
  const std::string websocket = "GET /connection/websocket";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  expect(request(websocket, "Origin: http://bad\r\n"),
         refusal("403 Forbidden", "Forbidden: origin not allowed\n", version));
  expect(request(websocket, "Connection: upgrade\r\n"),
         refusal("400 Bad Request", "Bad Request: Upgrade is not websocket\n",
                 version));
  expect(request("POST /connection/websocket"),
         refusal("405 Method Not Allowed", "Method Not Allowed\n",
                 "Allow: GET\r\n" + version));
  expect(request("GET /x", "Content-Length: 1\r\nContent-Length: 1\r\n"),
         refusal("400 Bad Request", "Content-Length is repeated\n"));
  expect(
    request("POST /x", "Content-Length: 1025\r\n"),
    refusal("413 Content Too Large", "request body is over the size limit\n"));
  expect(request("POST /x", "Transfer-Encoding: chunked\r\n", "x\r\n"),
         refusal("400 Bad Request", "chunk size is malformed\n"));
  loopback_client only{port()};
  ASSERT_EQ(only.ask(upgrade())->status, 101u);
  const auto good = upgrade("X-Request-ID: r7\r\n");
  expect(good, refusal("503 Service Unavailable", "Service Unavailable\n"));
  ASSERT_TRUE(test::eventually([this] { return server->connections() == 1; }));
  loopback_client late{port()};
  ASSERT_TRUE(test::eventually([this] { return server->connections() == 2; }));
  env->stopping = true;
  expect(late, good, refusal("503 Service Unavailable"));
}

TEST_F(RequestIdOfARefusal, IsThatOfARequestBehindOthers) {
  settings.log.access = true;
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("42") + upgrade("X-Request-ID: r7\r\n")));
  ASSERT_TRUE(test::eventually([&] { return env->calls == 1; }));
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  auto got = client.response();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 400u);
  EXPECT_TRUE(got->has("X-Request-ID: r7"));
}

TEST_F(RequestId, IsGivenBackByWhatBecomesAClient) {
  settings.http_stream.enabled = true;
  start();
  loopback_client client{port()};
  auto got = client.ask(upgrade("X-Request-ID: r7\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 101u);
  EXPECT_TRUE(got->has("X-Request-ID: r7"));
  loopback_client stream{port()};
  got = stream.ask(post("/connection/http_stream", R"({"id":1,"connect":{}})",
                        "X-Request-ID: r8\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200u);
  EXPECT_TRUE(got->has("X-Request-ID: r8"));
}

} // namespace
} // namespace lastseen
