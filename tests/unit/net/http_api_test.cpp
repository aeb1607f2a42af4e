#include "tests/support/http_api_fixture.hpp"

namespace lastseen::server_api {
namespace {

using namespace std::chrono_literals;
using test::memory_store;

using HttpApi = test::http_api_fixture;

TEST(HttpApiPath, IsTheApiAndWhatIsBelow) {
  for (auto path : {"/api", "/api/", "/api/x"})
    EXPECT_TRUE(is_path(path, "/api")) << path;
  for (auto path : {"/", "/ap", "/apix", "/API", "/x/api", "*", ""})
    EXPECT_FALSE(is_path(path, "/api")) << path;
}

// -- what comes before the body -----------------------------------------------

TEST_F(HttpApi, AnswersUnknownMethodsWith404BeforeAllElse) {
  start();
  for (auto path : {"/api/", "/api/nope", "/api/get_user_status/",
                    "/api/GET_USER_STATUS"}) {
    auto got = answer_to({.method = "GET", .path = path});
    EXPECT_EQ(got.status, 404u) << path;
    EXPECT_EQ(got.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(got.body, "404 page not found\n");
  }
}

TEST_F(HttpApi, WantsAPostBeforeItLooksAtTheKey) {
  start();
  for (auto path : {"/api", "/api/get_user_status"})
    for (auto method : {"GET", "PUT", "HEAD", "OPTIONS", "post"}) {
      auto got = answer_to({.method = method, .path = path});
      EXPECT_EQ(got.status, 405u) << method << ' ' << path;
      EXPECT_EQ(got.fields, "Allow: POST\r\n");
      EXPECT_EQ(got.body, "");
    }
}

TEST_F(HttpApi, WantsTheKeyBeforeItLooksAtTheBody) {
  start();
  for (auto path : {"/api", "/api/get_user_status"}) {
    auto got = answer_to({.method = "POST", .path = path, .body = "{"});
    EXPECT_EQ(got.status, 401u);
    EXPECT_EQ(got.body, "");
    got = answer_to({.method = "POST",
                     .path = path,
                     .fields = {{"Authorization", "apikey wrong"}}});
    EXPECT_EQ(got.status, 401u);
  }
}

TEST_F(HttpApi, TakesTheKeyInAllThreePlaces) {
  start();
  std::string_view body = R"({"users":["42"]})";
  std::string_view path = "/api/get_user_status";
  for (auto request :
       {http_request{.query = "api_key=key"},
        http_request{.fields = {{"Authorization", "ApiKey key"}}},
        http_request{.fields = {{"x-api-key", "key"}}}}) {
    request.method = "POST";
    request.path = path;
    request.body = body;
    EXPECT_EQ(answer_to(request).status, 200u);
  }
}

TEST_F(HttpApi, NeedsNoKeyWhenInsecure) {
  settings.http_api.key.clear();
  settings.http_api.insecure = true;
  start();
  EXPECT_EQ(answer_to({.method = "POST",
                       .path = "/api/get_user_status",
                       .body = R"({"users":["42"]})"})
              .status,
            200u);
}

TEST_F(HttpApi, LetsNobodyInWithoutAKeyOfItsOwn) {
  settings.http_api.key.clear();
  start();
  EXPECT_EQ(answer_to({.method = "POST",
                       .path = "/api/get_user_status",
                       .fields = {{"X-API-Key", ""}},
                       .body = R"({"users":["42"]})"})
              .status,
            401u);
}

TEST_F(HttpApi, AnswersNothingButGoodbyeWhileItStops) {
  start();
  env->stopping = true;
  auto got = answer_to(post("/api", "{}"));
  EXPECT_EQ(got.status, 503u);
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(answer_to({.method = "POST", .path = "/api"}).status, 401u);
}

// -- new style ----------------------------------------------------------------

TEST_F(HttpApi, UpdatesReadsAndDeletes) {
  start();
  auto then = memory_store::stamp_of(now) / 1000;
  EXPECT_EQ(body_of("/api/update_user_status",
                    R"({"users":["42","43"],"state":"away"})"),
            R"({"result":{}})");
  EXPECT_EQ(body_of("/api/get_user_status", R"({"users":["43","x","42"]})"),
            R"({"result":{"statuses":[{"user":"43","active":)"
              + std::to_string(then)
              + R"(,"state":"away"},{"user":"x"},{"user":"42","active":)"
              + std::to_string(then) + R"(,"state":"away"}]}})");
  EXPECT_EQ(body_of("/api/delete_user_status", R"({"users":["42"]})"),
            R"({"result":{}})");
  EXPECT_EQ(body_of("/api/get_user_status", R"({"users":["42"]})"),
            R"({"result":{"statuses":[{"user":"42"}]}})");
}

TEST_F(HttpApi, SaysWhatIsWrongWithABody) {
  start();
  for (auto [body, why] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
         {"", ""},
         {"{", ""},
         {R"({"users":"42"})", "users: not a list of strings at byte"},
         {R"({"users":["42"]} x)", ""}}) {
    auto got = answer_to(post("/api/get_user_status", body));
    EXPECT_EQ(got.status, 400u) << body;
    EXPECT_EQ(got.content_type, "text/plain; charset=utf-8");
    EXPECT_TRUE(got.body.starts_with("Bad Request: ")) << got.body;
    EXPECT_TRUE(got.body.ends_with("\n")) << got.body;
    EXPECT_NE(got.body.find(why), std::string::npos) << got.body;
  }
}

TEST_F(HttpApi, AnswersARequestThatMayNotRunWith107) {
  settings.user_status.max_users_per_request = 2;
  start();
  for (auto [body, why] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
         {"null", ""},
         {"{}", ""},
         {R"({"users":[]})", ""},
         {R"({"users":[""]})", ""},
         {R"({"users":["1","2","3"]})", ": users: at most 2, got 3"}}) {
    auto got = body_of("/api/get_user_status", body);
    EXPECT_TRUE(
      got.starts_with(R"({"error":{"code":107,"message":"bad request)"))
      << got;
    EXPECT_NE(got.find(why), std::string::npos) << got;
  }
}

TEST_F(HttpApi, ChecksTheStateOfAnUpdateOnly) {
  settings.user_status.state_regex = "^(away|busy)$";
  start();
  auto body = R"({"users":["42"],"state":"no"})";
  EXPECT_TRUE(body_of("/api/update_user_status", body)
                .starts_with(R"({"error":{"code":107,)"));
  EXPECT_EQ(body_of("/api/get_user_status", body),
            R"({"result":{"statuses":[{"user":"42"}]}})");
  EXPECT_EQ(
    body_of("/api/update_user_status", R"({"users":["42"],"state":"away"})"),
    R"({"result":{}})");
}

TEST_F(HttpApi, AnswersEverythingWith108WhenSwitchedOff) {
  settings.user_status.enabled = false;
  start();
  auto expected = R"({"error":{"code":108,"message":"not available"}})";
  for (auto path : {"/api/update_user_status", "/api/get_user_status",
                    "/api/delete_user_status"})
    EXPECT_EQ(body_of(path, R"({"users":["42"]})"), expected);
  EXPECT_EQ(
    body_of("/api",
            R"({"method":"get_user_status","params":{"users":["42"]}})"),
    expected);
}

TEST_F(HttpApi, NamesTheShardThatFails) {
  start();
  shards.store_of("42").fail(1, ec::rejected);
  EXPECT_EQ(body_of("/api/get_user_status", R"({"users":["42"]})"),
            R"({"error":{"code":100,"message":"internal server error: )"
              + shards.store_of("42").name() + R"(: read: injected"}})");
}

TEST_F(HttpApi, AnswersTheRestWhenThatIsAllowed) {
  start();
  auto a = std::string{"42"};
  auto b = std::string{"user:1"};
  for (int i = 0; &shards.store_of(a) == &shards.store_of(b); ++i)
    b = std::to_string(i);
  shards.store_of(a).fail(1, ec::rejected);
  shards.store_of(b).put(b, 5000);
  EXPECT_EQ(body_of("/api/get_user_status", R"({"users":[")" + a + R"(",")" + b
                                              + R"("],"allow_partial":true})"),
            R"({"result":{"statuses":[{"user":")" + a
              + R"(","error":{"code":100,"message":"internal server error: )"
              + shards.store_of(a).name() + R"(: read: injected"}},{"user":")"
              + b + R"(","active":5}]}})");
}

TEST_F(HttpApi, CountsTheCallsUnderWay) {
  start();
  shards.store_of("42").hold();
  ask(post("/api/update_user_status", R"({"users":["42"]})"));
  EXPECT_EQ(env->calls, 1u);
  EXPECT_TRUE(answers.empty());
  shards.store_of("42").release();
  drain();
  EXPECT_EQ(env->calls, 0u);
  EXPECT_EQ(answers.size(), 1u);
}

} // namespace
} // namespace lastseen::server_api
