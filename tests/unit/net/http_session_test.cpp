#include "net/http_session.hpp"
#include "tests/support/node_fixture.hpp"

#include <memory>
#include <thread>

namespace lastseen {
namespace {

using test::eventually;
using test::loopback_client;

class HttpSession : public test::node_fixture {
protected:
  static std::string unknown(std::string_view extra = {}) {
    return "GET /x HTTP/1.1\r\nHost: x\r\n" + std::string{extra} + "\r\n";
  }
};

TEST_F(HttpSession, ServesRequestsOneAfterTheOther) {
  start();
  loopback_client client{port()};
  for (int i = 0; i < 3; ++i) {
    auto got = client.ask(get_status("42"));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 200u);
    EXPECT_TRUE(got->has("Content-Type: application/json"));
    EXPECT_EQ(got->body, R"({"result":{"statuses":[{"user":"42"}]}})");
  }
}

TEST_F(HttpSession, TakesARequestThatComesByteByByte) {
  start();
  loopback_client client{port()};
  for (char c : get_status("42")) {
    ASSERT_TRUE(client.send({&c, 1}));
    std::this_thread::yield();
  }
  EXPECT_EQ(client.response()->status, 200u);
}

TEST_F(HttpSession, AnswersUnknownPathsWith404) {
  start();
  loopback_client client{port()};
  auto got = client.ask(unknown());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404u);
  EXPECT_EQ(got->body, "404 page not found\n");
  EXPECT_EQ(client.ask(get_status("42"))->status, 200u); // goes on
}

TEST_F(HttpSession, AnswersHeadWithoutABody) {
  settings.prometheus.enabled = true;
  start();
  loopback_client client{port()};
  for (auto [path, length] :
       std::initializer_list<std::pair<const char*, const char*>>{
         {"/x", "Content-Length: 19"},
         {"/api/x", "Content-Length: 19"},
         {"/api", "Content-Length: 0"},
         {"/metrics", "Content-Encoding: gzip"}}) {
    auto request = "HEAD " + std::string{path}
                   + " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";
    ASSERT_TRUE(client.send(request + get_status("42")));
    auto got = client.response(true);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->has(length)) << path << '\n' << got->header;
    auto next = client.response();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->header.substr(0, 15), "HTTP/1.1 200 OK");
  }
}

TEST_F(HttpSession, KeepsTheOrderOfPipelinedRequests) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  // The first waits for the store, the second could be answered before.
  ASSERT_TRUE(client.send(get_status("a") + unknown() + get_status("b")));
  ASSERT_TRUE(wait_for_calls(2));
  store().release();
  EXPECT_NE(client.response()->body.find(R"("user":"a")"), std::string::npos);
  EXPECT_EQ(client.response()->status, 404u);
  EXPECT_NE(client.response()->body.find(R"("user":"b")"), std::string::npos);
}

TEST_F(HttpSession, AnswersManyPipelinedRequestsInOrder) {
  constexpr int n = 100;
  start();
  store().hold_reads();
  loopback_client client{port()};
  std::string all;
  for (int i = 0; i < n; ++i)
    all += get_status(std::to_string(i));
  ASSERT_TRUE(client.send(all));
  ASSERT_TRUE(wait_for_calls(16)); // and no more at a time
  take_in();
  EXPECT_EQ(env->calls, 16u);
  store().release();
  for (int i = 0; i < n; ++i) {
    auto got = client.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, R"({"result":{"statuses":[{"user":")"
                           + std::to_string(i) + "\"}]}}");
  }
}

TEST_F(HttpSession, GoesOnAfterAsManyRequestsAsMayBePipelined) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  std::string all;
  for (int i = 0; i < 16; ++i)
    all += get_status("42");
  ASSERT_TRUE(client.send(all));
  ASSERT_TRUE(wait_for_calls(16));
  store().release();
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(client.response()->status, 200u);
  auto got = client.ask(get_status("42"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200u);
}

TEST_F(HttpSession, ClosesAfterTheRequestThatSaysSo) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("a")
                          + post("/api/get_user_status", R"({"users":["b"]})",
                                 "Connection: close\r\n")
                          + get_status("c")));
  ASSERT_TRUE(wait_for_calls(2));
  store().release();
  auto first = client.response();
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->has("Connection: close"));
  auto second = client.response();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->has("Connection: close"));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(env->calls, 0u); // the third never ran
}

TEST_F(HttpSession, ClosesAfterARequestOfHttp10) {
  start();
  loopback_client client{port()};
  auto got = client.ask("GET /x HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, RefusesALargeBodyAtOnce) {
  settings.http_server.max_body_size = 1000;
  start();
  loopback_client client{port()};
  auto got = client.ask("POST /api HTTP/1.1\r\nHost: x\r\nX-API-Key: key\r\n"
                        "Content-Length: 1001\r\n\r\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 413u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, AnswersWhatCameBeforeGarbage) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("a") + "garbage\r\n\r\n"));
  ASSERT_TRUE(wait_for_calls(1));
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  EXPECT_EQ(client.response()->status, 400u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, AnswersAClientThatHasEndedItsSide) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("a") + get_status("b")));
  ASSERT_TRUE(wait_for_calls(2));
  client.shutdown_send();
  take_in();
  store().release();
  EXPECT_FALSE(client.response()->has("Connection: close"));
  EXPECT_TRUE(client.response()->has("Connection: close"));
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(eventually([this] { return server->connections() == 0; }));
}

TEST_F(HttpSession, TellsAClientThatEndedInTheMiddleOfARequest) {
  start();
  auto whole = get_status("42");
  for (auto n : {std::size_t{5}, std::size_t{30}, whole.size() - 1}) {
    loopback_client client{port()};
    ASSERT_TRUE(client.send(whole + whole.substr(0, n)));
    client.shutdown_send();
    EXPECT_EQ(client.response()->status, 200u);
    auto got = client.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 400u);
    EXPECT_EQ(got->body, "request is incomplete\n");
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(HttpSession, DropsTheAnswerForAClientThatIsGone) {
  start();
  store().hold_reads();
  {
    loopback_client client{port()};
    ASSERT_TRUE(client.send(get_status("42")));
    ASSERT_TRUE(wait_for_calls(1));
  }
  store().release();
  EXPECT_TRUE(wait_for_calls(0));
  EXPECT_TRUE(eventually([this] { return server->connections() == 0; }));
}

TEST_F(HttpSession, AnswersWhatIsUnderWayWhenTheServiceStops) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  loopback_client idle{port()};
  ASSERT_TRUE(client.send(get_status("a") + get_status("b")));
  ASSERT_TRUE(wait_for_calls(2));
  server->stop_accepting();
  server->shutdown();
  EXPECT_TRUE(idle.closed());
  store().release();
  for (auto user : {"a", "b"}) {
    auto got = client.response();
    ASSERT_TRUE(got) << user;
    EXPECT_NE(got->body.find(user), std::string::npos);
    EXPECT_EQ(got->has("Connection: close"), *user == 'b');
  }
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, ReadsNoMoreFromAClientThatDoesNotTakeItsAnswers) {
  settings.prometheus.enabled = true; // large answers to small requests
  start();
  loopback_client client{port(), 4096};
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  auto first = client.ask(request);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->status, 200u);
  auto answered = [&] {
    return env->http_counters.sum([](const auto& x) -> const auto& {
      return x.responses[2]; // 200
    });
  };
  const auto n = (16u << 20) / first->body.size(); // more than sockets hold
  std::string all;
  for (std::size_t i = 0; i < n; ++i)
    all += request;
  ASSERT_TRUE(client.send(all));
  EXPECT_TRUE(eventually([&] { // taking in more changes nothing
    auto before = answered();
    take_in();
    return before > 1 && answered() == before;
  }));
  EXPECT_LT(answered(), n);
  for (std::size_t i = 0; i < n; ++i) {
    auto got = client.response();
    ASSERT_TRUE(got && got->status == 200) << i;
  }
}

TEST_F(HttpSession, UpgradesBehindAnsweredRequests) {
  start();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(unknown() + upgrade()));
  EXPECT_EQ(client.response()->status, 404u);
  EXPECT_EQ(client.response()->status, 101u);
}

TEST_F(HttpSession, RefusesAnUpgradeBehindARequestThatIsUnderWay) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(get_status("42") + upgrade()));
  ASSERT_TRUE(wait_for_calls(1));
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  EXPECT_EQ(client.response()->status, 400u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, TakesTheFramesBehindAnUpgradeThatHadToWait) {
  start();
  store().hold_reads();
  loopback_client client{port()};
  auto all = get_status("42");
  for (int i = 0; i < 15; ++i)
    all += unknown();
  ASSERT_TRUE(client.send(all + upgrade() + test::client_text("garbage")));
  ASSERT_TRUE(wait_for_calls(1));
  take_in();
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  for (int i = 0; i < 15; ++i)
    EXPECT_EQ(client.response()->status, 404u);
  EXPECT_EQ(client.response()->status, 101u);
  auto got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code(), 3501u);
}

} // namespace
} // namespace lastseen
