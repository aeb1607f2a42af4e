#include "tests/support/http_api_fixture.hpp"

namespace lastseen::server_api {
namespace {

using namespace std::string_view_literals;
using test::memory_store;

using HttpApiLists = test::http_api_fixture;

// -- legacy style -------------------------------------------------------------

TEST_F(HttpApiLists, RunsLegacyCommandsOneAfterTheOther) {
  start();
  auto then = std::to_string(memory_store::stamp_of(now) / 1000);
  auto got = body_of(
    "/api",
    R"({"id":1,"method":"update_user_status","params":{"users":["42"]}})"
    R"({"id":2,"method":"get_user_status","params":{"users":["42"]}})"
    "\n"
    R"({"method":"delete_user_status","params":{"users":["42"]}})"
    R"({"id":4,"method":16,"params":{"users":["42"]}})");
  EXPECT_EQ(got,
            "{\"id\":1,\"result\":{}}\n"
            "{\"id\":2,\"result\":{\"statuses\":[{\"user\":\"42\",\"active\":"
              + then
              + "}]}}\n"
                "{\"result\":{}}\n"
                "{\"id\":4,\"result\":{\"statuses\":[{\"user\":\"42\"}]}}");
}

TEST_F(HttpApiLists, AnswersEachLegacyCommandForItself) {
  start();
  auto got = body_of(
    "/api", R"({"id":1,"method":"publish","params":{}})"
            R"({"id":2,"method":"get_user_status"})"
            R"({"id":3,"method":"get_user_status","params":{"users":"42"}})"
            R"({"id":4,"method":"get_user_status","params":{"users":[]}})"
            R"({"id":5,"method":"get_user_status","params":{"users":["42"]}})");
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < got.size();) {
    auto end = std::min(got.find('\n', i), got.size());
    lines.push_back(got.substr(i, end - i));
    i = end + 1;
  }
  ASSERT_EQ(lines.size(), 5u) << got;
  EXPECT_EQ(lines[0], R"({"id":1,"error":{"code":104,"message":"not found"}})");
  for (std::size_t i : {1u, 2u, 3u})
    EXPECT_TRUE(
      lines[i].starts_with(R"({"id":)" + std::to_string(i + 1)
                           + R"(,"error":{"code":107,"message":"bad request)"))
      << lines[i];
  EXPECT_EQ(lines[4], R"({"id":5,"result":{"statuses":[{"user":"42"}]}})");
}

TEST_F(HttpApiLists, RunsNothingOfALegacyBodyThatDoesNotDecode) {
  start();
  auto got = answer_to(post(
    "/api",
    R"({"method":"update_user_status","params":{"users":["42"]}} {"method":"x"})"));
  EXPECT_EQ(got.status, 400u);
  EXPECT_TRUE(got.body.starts_with("Bad Request: command 2: ")) << got.body;
  EXPECT_EQ(shards.store_of("42").writes(), 0u);
  EXPECT_EQ(answer_to(post("/api", "")).status, 400u);
}

TEST_F(HttpApiLists, ServesALegacyBodyOfAThousandCommands) {
  start();
  std::string body;
  std::string expected;
  for (int i = 1; i <= 1000; ++i) {
    auto id = std::to_string(i);
    body += R"({"id":)" + id
            + R"(,"method":"get_user_status","params":{"users":["42"]}})";
    expected += R"({"id":)" + id + R"(,"result":{"statuses":[{"user":"42"}]}})";
    if (i < 1000)
      expected += '\n';
  }
  EXPECT_EQ(body_of("/api", body), expected);
}

// -- batch --------------------------------------------------------------------

TEST_F(HttpApiLists, RunsABatchOneAfterTheOther) {
  start();
  auto then = std::to_string(memory_store::stamp_of(now) / 1000);
  EXPECT_EQ(body_of("/api/batch",
                    R"({"commands":[{"update_user_status":{"users":["42"]}},)"
                    R"({"get_user_status":{"users":["42"]}},)"
                    R"({"delete_user_status":{"users":["42"]}},)"
                    R"({"get_user_status":{"users":["42"]}}]})"),
            R"({"replies":[{"update_user_status":{}},)"
            R"({"get_user_status":{"statuses":[{"user":"42","active":)"
              + then
              + R"(}]}},{"delete_user_status":{}},)"
                R"({"get_user_status":{"statuses":[{"user":"42"}]}}]})");
}

TEST_F(HttpApiLists, RunsABatchAtTheSameTimeWhenAskedTo) {
  start();
  shards.store_of("42").hold();
  std::string commands;
  for (int i = 0; i < 2000; ++i)
    commands += std::string{i == 0 ? "" : ","}
                + R"({"get_user_status":{"users":["42"]}})";
  auto body = "{\"commands\":[" + commands + "],\"parallel\":";
  ask(post("/api/batch", body + "false}"));
  EXPECT_EQ(env->calls, 1u);
  ask(post("/api/batch", body + "true}"));
  EXPECT_EQ(env->calls, 1u + 1024);
  shards.store_of("42").release();
  drain();
  EXPECT_EQ(env->calls, 0u);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].body, answers[1].body);
}

TEST_F(HttpApiLists, TellsOfThisNode) {
  start();
  env->node.started = local_time::max(); // no uptime
  auto info = describe_node(*env);
  EXPECT_EQ(body_of("/api/info", "{}"),
            "{\"result\":{\"nodes\":[" + info + "]}}");
  EXPECT_EQ(body_of("/api/batch", R"({"commands":[{"info":{}}]})"),
            "{\"replies\":[{\"info\":{\"nodes\":[" + info + "]}}]}");
  EXPECT_EQ(body_of("/api", R"({"id":7,"method":"info","params":{}})"),
            "{\"id\":7,\"result\":{\"nodes\":[" + info + "]}}");
}

class registry_of_two : public node_registry {
public:
  void exchange_nodes(std::string, std::string about, handler done) override {
    if (fails)
      done(error{ec::unavailable, "redis: EVAL: gone"});
    else
      done(std::vector{std::move(about), std::string{R"({"uid":"0"})"},
                       std::string{"no description"}});
  }

  bool fails = false;
};

TEST_F(HttpApiLists, TellsOfAllNodes) {
  start();
  auto registry = std::make_shared<registry_of_two>();
  env->node.others = registry;
  env->node.started = local_time::max();
  auto info = describe_node(*env);
  auto got = body_of("/api/info", "{}");
  EXPECT_NE(got.find(info), std::string::npos) << got;
  EXPECT_NE(got.find(R"({"uid":"0"})"), std::string::npos) << got;
  EXPECT_EQ(got.find("no description"), std::string::npos) << got;
  registry->fails = true;
  EXPECT_EQ(body_of("/api/info", "{}"),
            R"({"error":{"code":100,"message":)"
            R"("internal server error: redis: EVAL: gone"}})");
  EXPECT_EQ(env->calls, 0u);
}

TEST_F(HttpApiLists, AnswersABatchOfManyBadCommands) {
  settings.user_status.max_users_per_request = 10'000;
  start();
  std::string commands = "{}";
  for (int i = 1; i < 100'000; ++i)
    commands += ",{}";
  for (auto parallel : {"true", "false"})
    EXPECT_EQ(
      body_of("/api/batch",
              "{\"commands\":[" + commands + "],\"parallel\":" + parallel + "}")
        .size(),
      R"({"replies":[]})"sv.size()
        + 100'000 * R"({"error":{"code":104,"message":"not found"}},)"sv.size()
        - 1);
}

} // namespace
} // namespace lastseen::server_api
