#include "tests/support/http_bytes_fixture.hpp"

#include <tuple>

namespace lastseen {
namespace {

using test::loopback_client;

/// What contract.md B.2 says of calls that are not carried out, as bytes on the
/// wire.
class HttpApiRefusals : public test::http_bytes_fixture {
protected:
  static std::string bad(std::string_view why) {
    return text("400 Bad Request", "Bad Request: " + std::string{why} + "\n");
  }

  static std::string error(int code, std::string_view message) {
    return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":")"
           + std::string{message} + "\"}}";
  }
};

TEST_F(HttpApiRefusals, WantNoKeyWhenInsecure) {
  settings.http_api.key.clear();
  settings.http_api.insecure = true;
  expect({
    {request("POST /api/batch", "", "{}"), json("{}")},
    {request("POST /api/batch", "X-API-Key: any\r\n", "{}"), json("{}")},
  });
}

TEST_F(HttpApiRefusals, AreForEverybodyWithoutAKeyOfTheServer) {
  settings.http_api.key.clear();
  expect({
    {request("POST /api/batch", "", "{}"), unauthorized},
    {request("POST /api/batch", "X-API-Key: \r\n", "{}"), unauthorized},
    {request("POST /api/batch", "X-API-Key: key\r\n", "{}"), unauthorized},
    {request("POST /api/batch", "Authorization: apikey \r\n", "{}"),
     unauthorized},
    {request("POST /api/batch?api_key=", "", "{}"), unauthorized},
    {request("POST /api", "", "{}"), unauthorized},
  });
}

// On connections that are there: no others are accepted then.
TEST_F(HttpApiRefusals, AreForAllThatComesWhileItStops) {
  const std::string expected = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Content-Length: 0\r\n"
                               "Connection: close\r\n\r\n";
  start();
  for (auto path :
       {"/api", "/api/batch", "/api/get_user_status", "/api/info"}) {
    loopback_client client{port()};
    ASSERT_EQ(client.ask(post(path, "{}"))->status, 200u);
    env->stopping = true;
    ASSERT_TRUE(client.send(post(path, "{}")));
    client.fill(expected.size());
    EXPECT_EQ(client.rest(), expected) << path;
    env->stopping = false;
  }
}

TEST_F(HttpApiRefusals, AreForWhatIsNoJson) {
  expect({
    {post("/api/update_user_status", R"({"users":["7"])"),
     bad("incomplete JSON at byte 14")},
    {post("/api/get_user_status", R"({"users":['7']})"),
     bad("syntax error at byte 10")},
    {post("/api/delete_user_status", R"({"users":["7"],})"),
     bad("syntax error at byte 15")},
    {post("/api/info", "{"), bad("incomplete JSON at byte 1")},
    {post("/api/batch", R"({"commands":[{]})"),
     bad("commands[0]: syntax error at byte 14")},
    {post("/api", R"({"method":"info","params":{}})"
                  "\n{\"method\"}"),
     bad("command 2: syntax error at byte 39")},
  });
}

// The whole body is parsed first (contract A.2).
TEST_F(HttpApiRefusals, LeaveTheCommandsBeforeABrokenOneUndone) {
  expect({
    {post("/api", R"({"method":"update_user_status","params":{"users":["7"]}})"
                  R"({"method":"delete_user_status","params":{"users":["42"]}})"
                  "{"),
     bad("command 3: incomplete JSON at byte 114")},
    {post("/api/get_user_status", R"({"users":["7","42"]})"),
     json(R"({"result":{"statuses":[{"user":"7"},)"
          R"({"user":"42","active":1627107289,"online":1627107289}]}})")},
  });
  EXPECT_EQ(store().writes(), 0u);
}

TEST_F(HttpApiRefusals, AreForMethodsThatAreNotServed) {
  expect({
    {post("/api",
          R"({"id":1,"method":99,"params":{}})"
          R"({"id":2,"method":-1}{"id":3,"method":"RPC"}{"method":39})"),
     json(R"({"id":1,"error":{"code":104,"message":"not found"}})"
          "\n"
          R"({"id":2,"error":{"code":104,"message":"not found"}})"
          "\n"
          R"({"id":3,"error":{"code":104,"message":"not found"}})"
          "\n"
          + error(104, "not found"))},
  });
}

TEST_F(HttpApiRefusals, AreForTheUsersOfAllCommandsTogether) {
  settings.user_status.max_users_per_request = 1;
  const std::string many = "bad request: users: at most 10 in a body, got 11";
  std::string commands;
  std::string batch;
  std::string answers;
  std::string replies;
  for (int i = 0; i < 11; ++i) {
    commands += R"({"method":16,"params":{"users":["42"]}})";
    batch += R"({"get_user_status":{"users":["42"]}},)";
    answers += error(107, many) + "\n";
    replies += error(107, many) + ",";
  }
  for (auto* list : {&batch, &answers, &replies})
    list->pop_back();
  expect({
    {post("/api", commands), json(answers)},
    {post("/api/batch", "{\"commands\":[" + batch + "]}"),
     json("{\"replies\":[" + replies + "]}")},
  });
  EXPECT_EQ(store().reads(), 0u);
}

TEST_F(HttpApiRefusals, AreForTooManyCommands) {
  const std::string many =
    "bad request: commands: at most 100000 in a body, got 100001";
  std::string commands;
  for (int i = 0; i < 100'000; ++i)
    commands += "{},";
  std::string lines;
  for (int i = 0; i < 100'001; ++i)
    lines += "{}";
  expect({
    {post("/api", lines), json(error(107, many))},
    {post("/api/batch", "{\"commands\":[" + commands + "{}]}"),
     json("{\"replies\":[" + error(107, many) + "]}")},
  });
}

// `allow_partial` is of get only (contract A.2).
TEST_F(HttpApiRefusals, TellOfAFailedWriteWhateverIsAllowed) {
  start();
  const auto message =
    "internal server error: " + store().name() + ": write: injected";
  const std::string users = R"({"users":["42"],"allow_partial":true})";
  loopback_client client{port()};
  for (std::string method : {"update_user_status", "delete_user_status"})
    for (const auto& [path, body, answer] :
         {std::tuple{"/api/" + method, users, error(100, message)},
          std::tuple{std::string{"/api"},
                     R"({"method":")" + method + R"(","params":)" + users + "}",
                     error(100, message)},
          std::tuple{std::string{"/api"},
                     R"({"params":)" + users + R"(,"method":")" + method
                       + "\"}",
                     error(100, message)},
          std::tuple{std::string{"/api/batch"},
                     R"({"commands":[{")" + method + R"(":)" + users + "}]}",
                     R"({"replies":[)" + error(100, message) + "]}"}}) {
      store().fail(1, ec::rejected);
      auto got = client.ask(post(path, body));
      ASSERT_TRUE(got);
      EXPECT_EQ(got->body, answer) << path << ' ' << body;
    }
}

} // namespace
} // namespace lastseen
