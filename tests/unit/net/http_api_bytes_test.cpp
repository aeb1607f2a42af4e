#include "net/gzip.hpp"
#include "tests/support/http_bytes_fixture.hpp"

#include <re2/re2.h>

/// Every row of contract.md B.2 as bytes on the wire, before a real listener.
namespace lastseen {
namespace {

using test::loopback_client;

using HttpApiBytes = test::http_bytes_fixture;

TEST_F(HttpApiBytes, RoutesByPathThenMethodThenKey) {
  expect({
    {request("GET /api/nope"), text("404 Not Found", "404 page not found\n")},
    {request("POST /api/"), text("404 Not Found", "404 page not found\n")},
    {request("GET /api"), not_allowed},
    {request("GET /api/get_user_status"), not_allowed},
    {request("OPTIONS /api/batch"), not_allowed},
    {request("PUT /api/batch", "X-API-Key: key\r\n"), not_allowed},
    {request("POST /api"), unauthorized},
    {request("POST /api/batch", "X-API-Key: nope\r\n"), unauthorized},
    {request("POST /api/batch", "Authorization: key\r\n"), unauthorized},
    {request("POST /api/batch", "Authorization: apikey key x\r\n"),
     unauthorized},
    {request("POST /api/batch", "X-API-Key: x\r\nAuthorization: apikey key\r\n",
             "null"),
     unauthorized},
    {request("POST /api/batch", "Authorization: APIkey  key\r\n", "null"),
     json("{}")},
    {request("POST /api/batch?api_key=key", "X-API-Key: nope\r\n", "null"),
     json("{}")},
  });
}

TEST_F(HttpApiBytes, AnswersTheNewStyle) {
  auto bad = [](std::string_view why) {
    return text("400 Bad Request", "Bad Request: " + std::string{why} + "\n");
  };
  expect({
    {post("/api/update_user_status", R"({ "users" : ["<&>"] })",
          "Content-Type: text/plain\r\n"),
     json(R"({"result":{}})")},
    {post("/api/delete_user_status", R"({"users":["<&>"],"other":[{}]})"),
     json(R"({"result":{}})")},
    {post("/api/get_user_status", R"({"users":["42","<&>","42"]})"),
     json(R"({"result":{"statuses":[)"
          R"({"user":"42","active":1627107289,"online":1627107289},)"
          R"({"user":"<&>"},)"
          R"({"user":"42","active":1627107289,"online":1627107289}]}})")},
    {post("/api/get_user_status", "null"),
     json(
       R"({"error":{"code":107,"message":"bad request: users: required"}})")},
    {post("/api/get_user_status", ""), bad("empty body")},
    {post("/api/get_user_status", R"({"users":"42"})"),
     bad("users: not a list of strings at byte 12")},
    {post("/api/get_user_status", "{} {}"), bad("extra data at byte 3")},
  });
}

TEST_F(HttpApiBytes, AnswersTheOldStyle) {
  expect({
    {post("/api", R"({"id":4294967295,"method":"get_user_status",)"
                  R"("params":{"users":["42"]}}{"method":15,"params":{}})"
                  "\n"
                  R"({"id":0,"method":"Delete_User_Status"} {"id":3})"),
     json(R"({"id":4294967295,"result":{"statuses":[)"
          R"({"user":"42","active":1627107289,"online":1627107289}]}})"
          "\n"
          R"({"error":{"code":107,"message":"bad request: users: required"}})"
          "\n"
          R"({"error":{"code":107,"message":"bad request: params: missing"}})"
          "\n"
          R"({"id":3,"error":{"code":104,"message":"not found"}})")},
    {post("/api", R"({"method":18,"params":{}})",
          "X-Centrifugo-Error-Mode: transport\r\n"),
     json(R"({"error":{"code":104,"message":"not found"}})")},
    {post("/api", ""), text("400 Bad Request", "Bad Request: empty body\n")},
    {post("/api", R"({"method":"nope"})"),
     text("400 Bad Request",
          "Bad Request: command 1: method: unknown at byte 15\n")},
  });
}

TEST_F(HttpApiBytes, AnswersABatch) {
  expect({
    {post(
       "/api/batch",
       R"({"commands": [{"update_user_status": {"users": ["7"]}}, )"
       R"({"get_user_status": {"users": ["42"]}}, {"publish": {}}, null, )"
       R"({"get_user_status": {}}, {"delete_user_status": {"users": ["7"]}}]})",
       "X-Centrifugo-Error-Mode: transport\r\n"),
     json(R"({"replies":[{"update_user_status":{}},)"
          R"({"get_user_status":{"statuses":[)"
          R"({"user":"42","active":1627107289,"online":1627107289}]}},)"
          R"({"error":{"code":104,"message":"not found"}},)"
          R"({"error":{"code":107,"message":"bad request: command: null"}},)"
          R"({"error":{"code":107,"message":"bad request: users: required"}},)"
          R"({"delete_user_status":{}}]})")},
    {post("/api/batch", R"({"commands":[]})"), json("{}")},
    {post("/api/batch", "[]"),
     text("400 Bad Request",
          "Bad Request: request: not an object at byte 0\n")},
  });
}

TEST_F(HttpApiBytes, AnswersAParallelBatchInOrder) {
  expect({
    {post("/api/batch",
          R"({"commands": [{"update_user_status": {"users": ["7"]}}, )"
          R"({"get_user_status": {"users": ["42"]}}, {"publish": {}}, )"
          R"({"delete_user_status": {"users": ["8"]}}], "parallel": true})"),
     json(R"({"replies":[{"update_user_status":{}},)"
          R"({"get_user_status":{"statuses":[)"
          R"({"user":"42","active":1627107289,"online":1627107289}]}},)"
          R"({"error":{"code":104,"message":"not found"}},)"
          R"({"delete_user_status":{}}]})")},
  });
}

TEST_F(HttpApiBytes, TellsOfNodes) {
  start();
  env->node.uid = "01234567-89ab-4cde-8f01-23456789abcd";
  env->node.name = "host_8000";
  auto node = [](std::string_view uptime) {
    return R"({"nodes":[{"uid":"01234567-89ab-4cde-8f01-23456789abcd",)"
           R"("name":"host_8000","version":"lastseen )" LASTSEEN_VERSION
           R"(","num_clients":0,"num_users":0,"num_channels":0,)"
           + std::string{uptime} + R"("num_subs":0}]})";
  };
  env->node.started = local_time::max(); // no second has passed
  expect({
    {post("/api/info", "{}"), json(R"({"result":)" + node("") + "}")},
    {post("/api/info", R"({"users":"42","state":[]})"),
     json(R"({"result":)" + node("") + "}")},
    {post("/api", R"({"id":1,"method":9,"params":{}})"),
     json(R"({"id":1,"result":)" + node("") + "}")},
    {post("/api/batch", R"({"commands":[{"info":{}}]})"),
     json(R"({"replies":[{"info":)" + node("") + "}]}")},
  });
  env->node.started = boot_clock::now() - std::chrono::seconds{5'000};
  loopback_client client{port()};
  auto body = client.ask(post("/api/info", "{}"))->body;
  static const re2::RE2 uptime{R"("uptime":50\d\d,)"}; // seconds
  ASSERT_TRUE(re2::RE2::Replace(&body, uptime, R"("uptime":12,)")) << body;
  EXPECT_EQ(body, R"({"result":)" + node(R"("uptime":12,)") + "}");
}

TEST_F(HttpApiBytes, IgnoresFieldsThatTheMethodDoesNotHave) {
  auto status =
    R"({"statuses":[{"user":"42","active":1627107289,"online":1627107289}]})";
  expect({
    {post("/api/get_user_status", R"({"users":["42"],"state":5})"),
     json(R"({"result":)" + std::string{status} + "}")},
    {post("/api", R"({"method":16,"params":{"state":[5],"users":["42"]}})"),
     json(R"({"result":)" + std::string{status} + "}")},
    {post("/api/batch",
          R"({"commands":[{"get_user_status":{"users":["42"],"state":{}}}]})"),
     json(R"({"replies":[{"get_user_status":)" + std::string{status} + "}]}")},
    {post("/api/update_user_status", R"({"users":["7"],"allow_partial":5})"),
     json(R"({"result":{}})")},
    {post("/api/delete_user_status",
          R"({"users":["7"],"allow_partial":{},"state":7})"),
     json(R"({"result":{}})")},
  });
}

TEST_F(HttpApiBytes, PutsErrorsIntoTheStatusWhenAskedTo) {
  auto body = R"({"code":107,"message":"bad request: users: empty list"})";
  expect({
    {post("/api/get_user_status", R"({"users":[]})",
          "x-centrifugo-error-mode: transport\r\n"),
     json(body, "400 Bad Request")},
    {post("/api/get_user_status", R"({"users":[]})",
          "X-Centrifugo-Error-Mode: other\r\n"),
     json(R"({"error":)" + std::string{body} + "}")},
    {post("/api/update_user_status", R"({"users":["1"]})",
          "X-Centrifugo-Error-Mode: transport\r\n"),
     json(R"({"result":{}})")},
  });
}

TEST_F(HttpApiBytes, PutsErrorsIntoTheStatusWhenConfigured) {
  settings.http_api.error_mode = "transport";
  settings.user_status.enabled = false;
  expect({
    {get_status("42"),
     json(R"({"code":108,"message":"not available"})", "400 Bad Request")},
  });
}

TEST_F(HttpApiBytes, FailsWith500WhenTheStoreDoes) {
  start();
  store().fail(1, ec::rejected);
  loopback_client client{port()};
  auto got = client.ask(post("/api/get_user_status", R"({"users":["42"]})",
                             "X-Centrifugo-Error-Mode: transport\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 500u);
  EXPECT_EQ(got->body, R"({"code":100,"message":"internal server error: )"
                         + store().name() + R"(: read: injected"})");
}

TEST_F(HttpApiBytes, IsWhereThePrefixSays) {
  settings.http_api.handler_prefix = "/v1/status";
  expect({
    {request("POST /api/batch", "X-API-Key: key\r\n", "{}"),
     text("404 Not Found", "404 page not found\n")},
    {request("POST /v1/status/batch", "X-API-Key: key\r\n", "{}"), json("{}")},
    {request("POST /v1/status", "X-API-Key: key\r\n", R"({"method":1})"),
     json(R"({"error":{"code":104,"message":"not found"}})")},
    {request("POST /v1/statuses/batch"),
     text("404 Not Found", "404 page not found\n")},
  });
}

TEST_F(HttpApiBytes, TakesEachOfSeveralKeys) {
  settings.http_api.keys = {"next"};
  expect({
    {request("POST /api/batch", "X-API-Key: key\r\n", "{}"), json("{}")},
    {request("POST /api/batch", "X-API-Key: next\r\n", "{}"), json("{}")},
    {request("POST /api/batch", "X-API-Key: keynext\r\n", "{}"), unauthorized},
  });
}

TEST_F(HttpApiBytes, TakesTheKeysOfAReload) {
  start();
  loopback_client client{port()};
  auto with = [&](std::string_view key) {
    return client
      .ask(request("POST /api/batch", "X-API-Key: " + std::string{key} + "\r\n",
                   "{}"))
      ->status;
  };
  EXPECT_EQ(with("key"), 200u);
  settings.http_api.key = "next";
  ASSERT_TRUE(reload(*env, settings));
  EXPECT_EQ(with("key"), 401u);
  EXPECT_EQ(with("next"), 200u);
}

TEST_F(HttpApiBytes, ContinuesWhenTheClientWaitsForThat) {
  start();
  loopback_client client{port()};
  auto whole = post("/api/batch", "{}", "Expect: 100-continue\r\n");
  ASSERT_TRUE(client.send(whole.substr(0, whole.size() - 2)));
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  ASSERT_TRUE(client.fill(go_on.size()));
  EXPECT_EQ(client.rest(), go_on);
  client.response();
  ASSERT_TRUE(client.send("{}"));
  ASSERT_TRUE(client.fill(json("{}").size()));
  EXPECT_EQ(client.rest(), json("{}"));
}

TEST_F(HttpApiBytes, ReadsCompressedBodies) {
  settings.http_server.max_body_size = 2000;
  auto body = R"({"users":["42"]})";
  auto bad = [](std::string_view bytes, std::string_view coding) {
    return post("/api/get_user_status", bytes,
                "Content-Encoding: " + std::string{coding} + "\r\n");
  };
  auto status =
    json(R"({"result":{"statuses":[{"user":"42","active":1627107289,)"
         R"("online":1627107289}]}})");
  expect({
    {bad(gzip(body), "gzip"), status},
    {bad(gzip(body), "X-GZIP"), status},
    {bad(body, "identity"), status},
    {bad(body, "gzip"),
     text("400 Bad Request", "Bad Request: not valid gzip\n")},
    {bad(gzip(std::string(2001, ' ')), "gzip"),
     text("413 Content Too Large", "request body is over the size limit\n")},
    {bad(body, "br"),
     "HTTP/1.1 415 Unsupported Media Type\r\n"
     "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 55\r\n"
     "Accept-Encoding: gzip\r\n\r\n"
     "Unsupported Media Type: Content-Encoding: must be gzip\n"},
    {"POST /api/batch HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
     "Content-Length: 0\r\n\r\n",
     unauthorized},
  });
}

TEST_F(HttpApiBytes, CompressesLongAnswersWhenAskedTo) {
  start();
  loopback_client client{port()};
  std::string users = "\"42\"";
  for (int i = 0; i < 200; ++i)
    users += ",\"42\"";
  auto body = "{\"users\":[" + users + "]}";
  auto plain = client.ask(post("/api/get_user_status", body));
  auto packed = client.ask(
    post("/api/get_user_status", body, "Accept-Encoding: gzip, deflate\r\n"));
  ASSERT_TRUE(plain && packed);
  EXPECT_FALSE(plain->has("Content-Encoding: gzip"));
  EXPECT_TRUE(packed->has("Content-Encoding: gzip"));
  EXPECT_LT(packed->body.size(), plain->body.size() / 4);
  EXPECT_EQ(gunzip(packed->body, 100'000).value(), plain->body);
  auto small = client.ask(post("/api/get_user_status", R"({"users":["42"]})",
                               "Accept-Encoding: gzip\r\n"));
  ASSERT_TRUE(small);
  EXPECT_FALSE(small->has("Content-Encoding: gzip"));
}

} // namespace
} // namespace lastseen
