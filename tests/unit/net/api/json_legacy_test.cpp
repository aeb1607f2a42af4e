#include "net/api/json_legacy.hpp"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace lastseen::server_api {
namespace {

using commands = std::vector<legacy_command>;

commands parse(std::string_view body, std::size_t max_users = 10) {
  auto parsed = parse_legacy(body, max_users);
  if (parsed.has_error()) {
    ADD_FAILURE() << body << ": " << parsed.error().what;
    return {};
  }
  return std::move(*parsed);
}

legacy_command one(std::string_view body) {
  auto all = parse(body);
  EXPECT_EQ(all.size(), 1u) << body;
  return all.empty() ? legacy_command{} : std::move(all.front());
}

std::string failure(std::string_view body, std::size_t max_users = 10) {
  auto parsed = parse_legacy(body, max_users);
  if (parsed.has_value())
    return {};
  EXPECT_EQ(parsed.error().code, ec::bad_request);
  return parsed.error().what;
}

TEST(LegacyRequestTest, ReadsOneCommand) {
  auto x = one(R"({"id":7,"method":"update_user_status",)"
               R"("params":{"users":["42","43"],"state":"away"}})");
  EXPECT_EQ(x.id, 7u);
  EXPECT_EQ(x.method, call_method::update_user_status);
  EXPECT_EQ(x.problem, "");
  ASSERT_EQ(x.request.users.size(), 2u);
  EXPECT_EQ(x.request.users[1], "43");
  EXPECT_EQ(x.request.state, "away");
}

TEST(LegacyRequestTest, TakesKeysInAnyOrder) {
  for (auto body :
       {R"({"params":{"users":["42"]},"method":"get_user_status","id":1})",
        R"({"params":{"users":["42"]},"id":1,"method":16})",
        R"({"id":1,"x":[{"method":"nope"}],"params":{"y":{},"users":["42"]},)"
        R"("method":"GET_USER_STATUS"})"}) {
    auto x = one(body);
    EXPECT_EQ(x.id, 1u) << body;
    EXPECT_EQ(x.method, call_method::get_user_status) << body;
    EXPECT_EQ(x.problem, "") << body;
    ASSERT_EQ(x.request.users.size(), 1u) << body;
    EXPECT_EQ(x.request.users[0], "42") << body;
  }
}

TEST(LegacyRequestTest, KnowsMethodsByNameInAnyCaseAndByNumber) {
  const std::pair<std::string_view, call_method> cases[] = {
    {R"("update_user_status")", call_method::update_user_status},
    {R"("Update_User_Status")", call_method::update_user_status},
    {R"("GET_USER_STATUS")", call_method::get_user_status},
    {R"("delete_user_status")", call_method::delete_user_status},
    {R"("info")", call_method::info},
    {R"("publish")", call_method::other},
    {R"("PRESENCE_STATS")", call_method::other},
    {R"("shared_poll_publish")", call_method::other},
    {"9", call_method::info},
    {"15", call_method::update_user_status},
    {"16", call_method::get_user_status},
    {"17", call_method::delete_user_status},
    {"0", call_method::other},
    {"13", call_method::other},
    {"39", call_method::other},
    {"1000", call_method::other},
    {"-1", call_method::other},
    {"4294967311", call_method::other}, // 2^32 + 15
    {"null", call_method::other},
  };
  for (const auto& [method, expected] : cases) {
    auto x = one("{\"method\":" + std::string{method} + ",\"params\":{}}");
    EXPECT_EQ(x.method, expected) << method;
    EXPECT_EQ(x.id, 0u);
  }
}

TEST(LegacyRequestTest, MissingMethodIsPublish) {
  EXPECT_EQ(one("{}").method, call_method::other);
  EXPECT_EQ(one(R"({"id":3,"params":{}})").method, call_method::other);
}

TEST(LegacyRequestTest, BadParamsSpoilTheirCommandOnly) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {R"("x":1)", "bad request: params: missing"},
    {R"("params":5)", "bad request: params: not an object"},
    {R"("params":"{}")", "bad request: params: not an object"},
    {R"("params":[])", "bad request: params: not an object"},
    {R"("params":[{"users":["1"]}])", "bad request: params: not an object"},
    {R"("params":{"users":"42"})",
     "bad request: params: users: not a list of strings"},
    {R"("params":{"users":{"a":[1]}})",
     "bad request: params: users: not a list of strings"},
    {R"("params":{"users":["a",1,"b"],"state":5})",
     "bad request: params: users: not a list of strings"},
    {R"("params":{"users":["a",["b",["c"]],"d"],"z":{"users":1}})",
     "bad request: params: users: not a list of strings"},
    {R"("params":{"users":[{"users":["b"]}]})",
     "bad request: params: users: not a list of strings"},
    {R"("params":{"allow_partial":0})",
     "bad request: params: allow_partial: not a boolean"},
    {R"("params":null)", ""},
    {R"("params":{})", ""},
    {R"("params":5,"params":{"users":["1"]})", ""},
    {R"("params":{"users":5},"params":null)", ""},
  };
  for (const auto& [members, problem] : cases) {
    auto all = parse(R"({"id":1,)" + std::string{members}
                     + R"(,"method":"get_user_status"})"
                     + R"({"id":2,"method":16,"params":{"users":["9"]}})");
    ASSERT_EQ(all.size(), 2u) << members;
    EXPECT_EQ(all[0].problem, problem) << members;
    EXPECT_EQ(all[0].id, 1u) << members;
    EXPECT_EQ(all[0].method, call_method::get_user_status) << members;
    EXPECT_EQ(all[1].problem, "") << members;
    EXPECT_EQ(all[1].request.users.size(), 1u) << members;
  }
}

TEST(LegacyRequestTest, BadStateSpoilsAnUpdateOnly) {
  for (std::string params : {R"("params":{"state":{"a":1},"users":["b"]})",
                             R"("params":{"users":["b"],"state":5})"})
    for (auto [update, body] :
         {std::pair{true, "{" + params + R"(,"method":15})"},
          std::pair{true, R"({"method":15,)" + params + "}"},
          std::pair{false, "{" + params + R"(,"method":16})"},
          std::pair{false, R"({"method":16,)" + params + "}"},
          std::pair{false, R"({"method":15,)" + params + R"(,"method":17})"}}) {
      auto x = one(body);
      EXPECT_EQ(x.problem,
                update ? "bad request: params: state: not a string" : "")
        << body;
    }
}

TEST(LegacyRequestTest, IgnoresWhatTheMethodDoesNotHave) {
  auto x = one(R"({"params":{"allow_partial":true,"state":"s","users":["1"]},)"
               R"("method":"update_user_status"})");
  EXPECT_FALSE(x.request.allow_partial);
  EXPECT_EQ(x.request.state, "s");
  x = one(R"({"params":{"allow_partial":true,"state":"s","users":["1"]},)"
          R"("method":"get_user_status"})");
  EXPECT_TRUE(x.request.allow_partial);
  EXPECT_EQ(x.request.state, std::nullopt);
  x = one(R"({"method":"info","params":{"users":"42"}})");
  EXPECT_EQ(x.problem, "");
}

TEST(LegacyRequestTest, LastOfEqualKeysCounts) {
  auto x = one(R"({"id":1,"params":{"users":["1","2"],"state":"s"},"id":2,)"
               R"("method":15,"params":{"users":["3"]},"method":16})");
  EXPECT_EQ(x.id, 2u);
  EXPECT_EQ(x.method, call_method::get_user_status);
  ASSERT_EQ(x.request.users.size(), 1u);
  EXPECT_EQ(x.request.users[0], "3");
  EXPECT_FALSE(x.request.state);
}

TEST(LegacyRequestTest, ReadsSeveralCommandsHoweverTheyAreJoined) {
  const std::string_view a = R"({"id":1,"method":15,"params":{"users":["a"]}})";
  const std::string_view b = R"({"id":2,"method":16,"params":{"users":["b"]}})";
  for (auto between : {"", "\n", "\r\n", " ", "\n\n\n"}) {
    auto body = std::string{between};
    body += a;
    body += between;
    body += b;
    body += between;
    auto all = parse(body);
    ASSERT_EQ(all.size(), 2u) << body;
    EXPECT_EQ(all[0].id, 1u);
    EXPECT_EQ(all[0].request.users[0], "a");
    EXPECT_EQ(all[1].id, 2u);
    EXPECT_EQ(all[1].request.users[0], "b");
    EXPECT_EQ(all[1].request.users.size(), 1u);
  }
}

TEST(LegacyRequestTest, RefusesTheWholeBodySayingWhatAndWhere) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {"", "empty body"},
    {" \n", "empty body"},
    {"[]", "command 1: command: not an object at byte "},
    {"null", "command 1: command: not an object at byte "},
    {"5", "command 1: command: not an object at byte "},
    {R"({"method":"nope"})", "command 1: method: unknown at byte 15"},
    {R"({"method":""})", "command 1: method: unknown at byte "},
    {R"({"method":"batch"})", "command 1: method: unknown at byte "},
    {R"({"method":"info "})", "command 1: method: unknown at byte "},
    {R"({"method":1.5})", "command 1: method: not a string or integer"},
    {R"({"method":true})", "command 1: method: not a string or integer"},
    {R"({"method":[]})", "command 1: method: not a string or integer"},
    {R"({"method":{}})", "command 1: method: not a string or integer"},
    {R"({"method":18446744073709551615})", "command 1: method: not a string"},
    {R"({"id":"1"})", "command 1: id: not an integer from 0 to 4294967295"},
    {R"({"id":-1})", "command 1: id: not an integer"},
    {R"({"id":1.0})", "command 1: id: not an integer"},
    {R"({"id":4294967296})", "command 1: id: not an integer"},
    {R"({"id":[]})", "command 1: id: not an integer"},
    {"{}\n{\"id\":-1}", "command 2: id: not an integer from 0 to 4294967295 "
                        "at byte 11"},
    {"{},{}", "command 2: syntax error at byte 2"},
    {"{} x", "command 2: syntax error at byte 3"},
    {"{}\0"sv, "command 2: syntax error at byte 2"},
    {"{}{", "command 2: incomplete JSON at byte 3"},
    {R"({"params":{"users":[1,}})", "command 1: syntax error"},
    {"{\"params\":{\"users\":5,\"x\":\"\xff\"}}", "command 1: "},
    {R"({"params":{"users":["\ud800"]}})", "command 1: "},
  };
  for (const auto& [body, what] : cases) {
    auto error = failure(body);
    EXPECT_NE(error, "") << body;
    EXPECT_TRUE(error.starts_with(what)) << body << ": " << error;
  }
}

TEST(LegacyRequestTest, TakesEveryIdOf32Bits) {
  EXPECT_EQ(one(R"({"id":4294967295})").id, 4294967295u);
  EXPECT_EQ(one(R"({"id":null})").id, 0u);
}

TEST(LegacyRequestTest, RefusesEveryTruncation) {
  constexpr std::string_view body =
    R"({"params":{"users":["42","\ud83d\ude00é"],"state":"s"},)"
    R"("method":"get_user_status","id":12})";
  for (std::size_t n = 0; n < body.size(); ++n) {
    std::vector<char> copy(body.begin(),
                           body.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_NE(failure({copy.data(), copy.size()}), "") << body.substr(0, n);
    EXPECT_NE(failure("{}" + std::string{body.substr(0, n)}).empty(), n != 0)
      << body.substr(0, n);
  }
  EXPECT_EQ(failure(body), "");
}

TEST(LegacyRequestTest, BoundsNesting) {
  std::string deep = R"({"params":)";
  deep += std::string(100'000, '[');
  EXPECT_NE(failure(deep), "");
}

std::string with_users(std::size_t count) {
  std::string body = R"({"method":16,"params":{"users":[)";
  for (std::size_t i = 0; i < count; ++i)
    body += i == 0 ? "\"u\"" : ",\"u\"";
  return body + "]}}";
}

TEST(LegacyRequestTest, BoundsTheUsersOfABody) {
  std::string body;
  for (int i = 0; i < 10; ++i)
    body += with_users(2);
  for (const auto& x : parse(body, 2))
    EXPECT_EQ(x.problem, "");
  body.clear();
  for (int i = 0; i < 21; ++i)
    body += with_users(1);
  for (const auto& x : parse(body, 2))
    EXPECT_EQ(x.problem, "bad request: users: at most 20 in a body, got 21");
  body = R"({"method":"info","params":{}})";
  for (int i = 0; i < 7; ++i)
    body += with_users(3);
  auto all = parse(body, 2);
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all[0].problem, "");
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_EQ(all[i].problem,
              "bad request: users: at most 20 in a body, got 21");
}

TEST(LegacyRequestTest, KeepsNoMoreUsersThanItMay) {
  auto body = with_users(1'000'000);
  body += with_users(1'000'000);
  auto all = parse(body, 100);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].request.user_count, 1'000'000u);
  EXPECT_EQ(all[0].request.users.size(), 100u);
  EXPECT_EQ(all[1].request.users.size(), 0u);
  EXPECT_EQ(all[1].problem,
            "bad request: users: at most 1000 in a body, got 2000000");
}

TEST(LegacyRequestTest, LeavesOneCommandOfTooMany) {
  auto max = max_calls_in_body(1);
  std::string body;
  for (std::size_t i = 0; i < max; ++i)
    body += "{}";
  EXPECT_EQ(parse(body, 1).size(), max);
  auto over = parse(body + with_users(1), 1);
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0].problem,
            "bad request: commands: at most 100000 in a body, got 100001");
  EXPECT_EQ(failure(body + "{}5", 1),
            "command 100002: command: not an object at byte 200003");
}

} // namespace
} // namespace lastseen::server_api
