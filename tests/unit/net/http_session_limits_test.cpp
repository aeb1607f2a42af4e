#include "tests/support/node_fixture.hpp"

#include <memory>
#include <string>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::loopback_client;

/// What clients may take: time, memory, connections.
class HttpSessionLimits : public test::node_fixture {
protected:
  static constexpr std::string_view unknown =
    "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";

  /// A call whose answer does not fit into what sockets hold.
  static std::string get_much() {
    std::string users;
    for (int i = 0; i < 10'000; ++i)
      users += (users.empty() ? "\"" : ",\"") + std::string(500, 'x') + '"';
    return post("/api/get_user_status", R"({"users":[)" + users + "]}");
  }

  /// Lets time pass for the connections, which are all on the first thread.
  void advance(std::chrono::seconds by) {
    sys->on(0, [&] { sys->thread(0).advance(by); });
  }
};

TEST_F(HttpSessionLimits, ClosesAConnectionThatNeverSaysAnything) {
  settings.client.stale_close_delay = 50ms;
  start();
  loopback_client client{port()};
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSessionLimits, ClosesAConnectionWhoseFirstHeaderDoesNotEnd) {
  settings.client.stale_close_delay = 100ms;
  start();
  loopback_client client{port()};
  ASSERT_TRUE(client.send("GET /x HTTP/1.1\r\n"));
  ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
  EXPECT_TRUE(eventually([&] { // however often a byte comes
    client.send("X: y\r\n");
    return server->connections() == 0;
  }));
}

TEST_F(HttpSessionLimits, TakesItsTimeForTheBodyOfTheFirstRequest) {
  settings.client.stale_close_delay = 400ms;
  start();
  loopback_client client{port()};
  auto request = get_status("42");
  ASSERT_TRUE(client.send(request.substr(0, request.size() - 1)));
  loopback_client silent{port()}; // came later, and is closed before
  ASSERT_TRUE(silent.closed());
  ASSERT_TRUE(client.send(request.substr(request.size() - 1)));
  EXPECT_EQ(client.response()->status, 200u);
}

// However often a byte comes.
TEST_F(HttpSessionLimits, ClosesAConnectionWhoseRequestDoesNotEnd) {
  start();
  const std::string body =
    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nx";
  const std::string header = "GET /x HTTP/1.1\r\nHost: x\r\nA: b";
  for (const auto& part : {header, body}) {
    loopback_client client{port()};
    ASSERT_TRUE(client.send(std::string{unknown} + part));
    ASSERT_EQ(client.response()->status, 404u); // so the part has come, too
    int seconds = 0;
    EXPECT_TRUE(eventually([&] {
      client.send("x");
      advance(1s);
      ++seconds;
      return server->connections() == 0;
    }))
      << part;
    EXPECT_GE(seconds, 20) << part; // real time passes, too
    EXPECT_LE(seconds, 31) << part;
  }
}

TEST_F(HttpSessionLimits, ClosesAConnectionWithoutARequest) {
  start();
  loopback_client client{port()};
  for (int i = 0; i < 3; ++i) { // each begins the time anew
    auto got = client.ask(unknown);
    ASSERT_TRUE(got) << i;
    EXPECT_EQ(got->status, 404u);
    advance(100s);
    EXPECT_EQ(server->connections(), 1u);
  }
  advance(21s);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSessionLimits, TakesAllTheTimeThatAnAnswerNeeds) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("42")));
  ASSERT_TRUE(eventually([&] { return env->calls == 1; }));
  advance(1000s);
  EXPECT_EQ(server->connections(), 1u);
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  advance(121s);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSessionLimits, TakesAllTheTimeThatItsPeerNeedsForAnAnswer) {
  start();
  loopback_client client{port(), 4096};
  ASSERT_TRUE(client.send(get_much()));
  ASSERT_TRUE(client.fill(1));
  for (std::size_t taken = 1; taken <= 4; ++taken) {
    ASSERT_TRUE(client.fill(taken << 20));
    advance(121s);
  }
  auto got = client.response(); // whole
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200u);
  EXPECT_TRUE(eventually([&] {
    advance(121s);
    return server->connections() == 0;
  }));
}

TEST_F(HttpSessionLimits, ClosesAConnectionWhosePeerTakesNoneOfAnAnswer) {
  start();
  loopback_client client{port(), 4096};
  ASSERT_TRUE(client.send(get_much()));
  ASSERT_TRUE(client.fill(1));
  advance(121s);
  EXPECT_TRUE(eventually([&] { // once nothing more fits between the two
    advance(121s);
    return server->connections() == 0;
  }));
}

TEST_F(HttpSessionLimits, ClosesTheConnectionThatKeepsMostWhenAllKeepTooMuch) {
  constexpr std::size_t part = 16384;
  settings.http_server.max_body_size = 64 * part;
  settings.websocket.message_size_limit = 64 * part;
  start();
  std::destroy_at(&env->received); // one that is full earlier
  std::construct_at(&env->received, 64 * part);
  loopback_client small{port()};
  loopback_client large{port()};
  loopback_client last{port()};
  auto body = post("/api/get_user_status", std::string(50 * part, ' '));
  ASSERT_TRUE(large.send(body.substr(0, 40 * part)));
  ASSERT_EQ(small.ask(upgrade())->status, 101u);
  auto frame = test::encode({.payload = std::string(60 * part, ' ')});
  ASSERT_TRUE(small.send(frame.substr(0, 10 * part)));
  ASSERT_TRUE(last.send(body.substr(0, 10 * part)));
  EXPECT_EQ(env->received.overflows, 0u);
  ASSERT_TRUE(last.send(body.substr(10 * part, 10 * part)));
  EXPECT_TRUE(large.closed());
  EXPECT_TRUE(eventually([&] { return server->connections() == 2; }));
  EXPECT_EQ(env->received.overflows, 1u);
  // What it kept does not count any more.
  ASSERT_TRUE(last.send(body.substr(20 * part, 20 * part)));
  ASSERT_TRUE(last.send(body.substr(40 * part)));
  EXPECT_EQ(last.response()->status, 400u);
  EXPECT_EQ(env->received.overflows, 1u);
}

TEST_F(HttpSessionLimits, RefusesClientsOverTheConnectionLimit) {
  settings.client.connection_limit = 1;
  settings.http_stream.enabled = true;
  start();
  loopback_client first{port()};
  EXPECT_EQ(first.ask(upgrade())->status, 101u);
  loopback_client second{port()};
  EXPECT_EQ(second.ask(upgrade())->status, 503u);
  loopback_client stream{port()};
  EXPECT_EQ(stream.ask(post("/connection/http_stream", R"({"id":1})"))->status,
            503u);
  loopback_client api{port()}; // is no client
  EXPECT_EQ(api.ask(get_status("42"))->status, 200u);
}

TEST_F(HttpSessionLimits, RefusesClientsOverTheConnectionRate) {
  settings.client.connection_rate_limit = 1;
  start();
  loopback_client first{port()};
  EXPECT_EQ(first.ask(upgrade())->status, 101u);
  loopback_client second{port()};
  EXPECT_EQ(second.ask(upgrade())->status, 503u);
}

} // namespace
} // namespace lastseen
