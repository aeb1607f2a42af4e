#include "net/api/json_batch.hpp"

#include <gtest/gtest.h>

namespace lastseen::server_api {
namespace {

batch_request parse(std::string_view body, std::size_t max_users = 10) {
  auto parsed = parse_batch(body, max_users);
  if (parsed.has_error()) {
    ADD_FAILURE() << body << ": " << parsed.error().what;
    return {};
  }
  return std::move(*parsed);
}

std::string failure(std::string_view body, std::size_t max_users = 10) {
  auto parsed = parse_batch(body, max_users);
  if (parsed.has_value())
    return {};
  EXPECT_EQ(parsed.error().code, ec::bad_request);
  return parsed.error().what;
}

TEST(BatchRequestTest, ReadsCommandsInOrder) {
  auto x = parse(
    R"({"commands":[{"update_user_status":{"users":["42"],"state":"away"}},)"
    R"({"get_user_status":{"users":["42","43"],"allow_partial":true}},)"
    R"({"delete_user_status":{"users":["1"]}}],"parallel":true})");
  EXPECT_TRUE(x.parallel);
  ASSERT_EQ(x.commands.size(), 3u);
  EXPECT_EQ(x.commands[0].method, call_method::update_user_status);
  EXPECT_EQ(x.commands[0].request.state, "away");
  EXPECT_EQ(x.commands[1].method, call_method::get_user_status);
  EXPECT_EQ(x.commands[1].request.users[1], "43");
  EXPECT_TRUE(x.commands[1].request.allow_partial);
  EXPECT_EQ(x.commands[2].method, call_method::delete_user_status);
  for (const auto& command : x.commands)
    EXPECT_EQ(command.problem, "");
}

TEST(BatchRequestTest, IsEmptyWithoutCommands) {
  for (auto body : {"null", "{}", R"({"commands":null})", R"({"commands":[]})",
                    R"({"x":[{"y":1}],"parallel":null})"}) {
    auto x = parse(body);
    EXPECT_TRUE(x.commands.empty()) << body;
    EXPECT_FALSE(x.parallel) << body;
  }
}

TEST(BatchRequestTest, TakesTheFirstKeyThatNamesAMethod) {
  auto x = parse(
    R"({"commands":[{"x":{"users":5},"publish":[1],)"
    R"("get_user_status":{"users":["1"]},"update_user_status":{"users":7}},)"
    R"({"get_user_status":null,"delete_user_status":{"users":["2"]}}]})");
  ASSERT_EQ(x.commands.size(), 2u);
  EXPECT_EQ(x.commands[0].method, call_method::get_user_status);
  EXPECT_EQ(x.commands[0].request.users[0], "1");
  EXPECT_EQ(x.commands[1].method, call_method::delete_user_status);
}

TEST(BatchRequestTest, KnowsCommandsThatNameNone) {
  auto x = parse(R"({"commands":[{},{"publish":{}},{"get_user_status":null},)"
                 R"({"GET_USER_STATUS":{}},null]})");
  ASSERT_EQ(x.commands.size(), 5u);
  for (const auto& command : x.commands)
    EXPECT_EQ(command.method, call_method::other);
  EXPECT_EQ(x.commands[3].problem, "");
  EXPECT_EQ(x.commands[4].problem, "bad request: command: null");
}

TEST(BatchRequestTest, TheLastOfEqualKeysCounts) {
  auto x = parse(R"({"commands":[{"get_user_status":{}}],"parallel":true,)"
                 R"("parallel":false,"commands":[{},{}]})");
  EXPECT_EQ(x.commands.size(), 2u);
  EXPECT_FALSE(x.parallel);
  EXPECT_TRUE(parse(R"({"commands":[{}],"commands":null})").commands.empty());
}

TEST(BatchRequestTest, SaysWhatIsWrongAndWhere) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {"", "empty body"},
    {"[]", "request: not an object at byte 0"},
    {"5", "request: not an object at byte 1"},
    {R"({"commands":{}})", "commands: not a list at byte 12"},
    {R"({"commands":"x"})", "commands: not a list at byte 14"},
    {R"({"parallel":1})", "parallel: not a boolean at byte 13"},
    {R"({"parallel":[]})", "parallel: not a boolean at byte 12"},
    {R"({"commands":[5]})", "commands[0]: not an object at byte 14"},
    {R"({"commands":[{},[]]})", "commands[1]: not an object at byte 16"},
    {R"({"commands":[{"get_user_status":5}]})",
     "commands[0]: get_user_status: not an object at byte 33"},
    {R"({"commands":[{},{"get_user_status":{"users":"42"}}]})",
     "commands[1]: users: not a list of strings at byte 47"},
    {R"({"commands":[]} x)", "extra data at byte 16"},
  };
  for (auto [body, why] : cases)
    EXPECT_EQ(failure(body), why) << body;
  EXPECT_NE(failure(R"({"commands":[)"), "");
}

TEST(BatchRequestTest, BoundsTheUsersOfAllCommands) {
  std::string one = R"({"get_user_status":{"users":["1","2","3","4","5"]}})";
  auto body = [&](int n) {
    std::string out = R"({"commands":[{})";
    for (int i = 0; i < n; ++i)
      out += "," + one;
    return out + "]}";
  };
  for (const auto& x : parse(body(2), 1).commands)
    EXPECT_EQ(x.problem, "");
  std::string ones = R"({"commands":[{"info":{}})";
  for (int i = 0; i < 11; ++i)
    ones += R"(,{"get_user_status":{"users":["1"]}})";
  auto many = parse(ones + "]}", 1);
  ASSERT_EQ(many.commands.size(), 12u);
  EXPECT_EQ(many.commands[0].problem, "");
  EXPECT_EQ(many.commands[11].problem,
            "bad request: users: at most 10 in a body, got 11");
  auto over = parse(body(3), 1);
  EXPECT_EQ(over.commands[0].problem, "");
  for (std::size_t i = 1; i < over.commands.size(); ++i)
    EXPECT_EQ(over.commands[i].problem,
              "bad request: users: at most 10 in a body, got 15");
}

TEST(BatchRequestTest, IgnoresWhatTheMethodDoesNotHave) {
  auto x = parse(
    R"({"commands":[{"get_user_status":{"users":["1"],"state":5}},)"
    R"({"update_user_status":{"allow_partial":true,"users":["2"]}},)"
    R"({"delete_user_status":{"allow_partial":[],"state":{},"users":["3"]}},)"
    R"({"info":{"users":"42"}}]})");
  ASSERT_EQ(x.commands.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(x.commands[i].request.users.size(), 1u);
    EXPECT_EQ(x.commands[i].request.users[0], std::to_string(i + 1));
    EXPECT_EQ(x.commands[i].request.state, std::nullopt);
    EXPECT_FALSE(x.commands[i].request.allow_partial);
  }
  EXPECT_FALSE(x.commands[3].request.has_users);
}

TEST(BatchRequestTest, LeavesOneCommandOfTooMany) {
  auto body = [](std::size_t n) {
    std::string out = R"({"commands":[)";
    out.reserve(n * 3);
    for (std::size_t i = 1; i < n; ++i)
      out += "{},";
    return out;
  };
  auto max = max_calls_in_body(1);
  EXPECT_EQ(parse(body(max) + "{}]}", 1).commands.size(), max);
  auto over = parse(body(max + 2) + "null]}", 1);
  ASSERT_EQ(over.commands.size(), 1u);
  EXPECT_EQ(over.commands[0].problem,
            "bad request: commands: at most 100000 in a body, got 100002");
  EXPECT_EQ(failure(body(max + 2) + "5]}", 1),
            "commands[100001]: not an object at byte 300017");
  EXPECT_EQ(max_calls_in_body(20'000), 200'000u);
}

} // namespace
} // namespace lastseen::server_api
