#include "net/api/call.hpp"
#include "net/api/json_request.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <vector>

using namespace std::string_view_literals;

namespace lastseen::server_api {
namespace {

using strings = std::vector<std::string>;

strings list(const user_list& users) {
  strings out;
  for (std::size_t i = 0; i < users.size(); ++i)
    out.emplace_back(users[i]);
  return out;
}

constexpr auto update = call_method::update_user_status;
constexpr auto get = call_method::get_user_status;
constexpr auto remove = call_method::delete_user_status;

status_request parse(std::string_view body, std::size_t max_users = 10,
                     call_method of = update) {
  auto parsed = parse_status_request(of, body, max_users);
  if (parsed.has_error()) {
    ADD_FAILURE() << body << ": " << parsed.error().what;
    return {};
  }
  return std::move(*parsed);
}

// The error of a body; empty when there is none.
std::string failure(std::string_view body, call_method of = update) {
  auto parsed = parse_status_request(of, body, 10);
  if (parsed.has_value())
    return {};
  EXPECT_EQ(parsed.error().code, ec::bad_request);
  return parsed.error().what;
}

struct request_case {
  std::string_view body;
  strings users;
  bool has_users = true;
  std::optional<std::string> state{};
};

TEST(StatusRequestTest, DecodesValidBodies) {
  const request_case cases[] = {
    {R"({"users":["42"]})", {"42"}},
    {R"({"users":["1","2","1"]})", {"1", "2", "1"}},
    {R"({"users": ["42", "43"]})", {"42", "43"}},
    {" {\n\t\"users\" : [ \"42\" ] }\r\n", {"42"}},
    {R"({"users":["42"],"state":"away"})", {"42"}, true, "away"},
    {R"({"state":"away","users":["42"]})", {"42"}, true, "away"},
    {R"({"users":["42"],"state":""})", {"42"}, true, ""},
    {R"({"users":["42"],"state":null})", {"42"}},
    {R"({"users":[]})", {}},
    {R"({"users":[""]})", {""}},
    {R"({"users":[null,"a"]})", {"", "a"}},
    {R"({"users":null})", {}, false},
    {R"({})", {}, false},
    {R"(null)", {}, false},
    {R"({"Users":["42"],"USERS":5,"State":1})", {}, false},
    {R"({"x":{"users":["1"],"state":5},"users":["2"],"y":[["users"],{}]})",
     {"2"}},
    {R"({"users":["1","2"],"users":["3"]})", {"3"}},
    {R"({"users":["1","2"],"users":null})", {}, false},
    {R"({"users":["a\"b\\\/\u0041\u0430\ud83d\ude00"]})",
     {"a\"b\\/Aа\U0001f600"}},
    {R"({"users":["\u0000"]})", {std::string{"\0", 1}}},
    {R"({"\u0075sers":["42"]})", {"42"}},
    {"{\"users\":[\"канал\",\"日本\",\"<&>\"]}", {"канал", "日本", "<&>"}},
  };
  for (const auto& x : cases) {
    auto got = parse(x.body);
    EXPECT_EQ(list(got.users), x.users) << x.body;
    EXPECT_EQ(got.user_count, x.users.size()) << x.body;
    EXPECT_EQ(got.has_users, x.has_users) << x.body;
    EXPECT_EQ(got.state, x.state) << x.body;
  }
}

TEST(StatusRequestTest, DecodesTheExtensionOfGet) {
  auto partial = [](std::string_view body) {
    return parse(body, 10, get).allow_partial;
  };
  EXPECT_TRUE(partial(R"({"users":["4"],"allow_partial":true})"));
  EXPECT_FALSE(partial(R"({"users":["4"],"allow_partial":false})"));
  EXPECT_FALSE(partial(R"({"users":["4"],"allow_partial":null})"));
  for (auto wrong : {"1", "\"true\"", "[]"})
    EXPECT_TRUE(failure("{\"allow_partial\":" + std::string{wrong} + "}", get)
                  .starts_with("allow_partial: not a boolean at byte "))
      << wrong;
}

TEST(StatusRequestTest, IgnoresWhatTheMethodDoesNotHave) {
  for (auto state : {"\"away\"", "5", "[{}]"})
    for (auto of : {get, remove}) {
      auto got =
        parse(R"({"users":["1"],"state":)" + std::string{state} + "}", 10, of);
      EXPECT_EQ(list(got.users), strings{"1"}) << state;
      EXPECT_EQ(got.state, std::nullopt) << state;
    }
  for (auto partial : {"true", "5", "{}"})
    for (auto of : {update, remove}) {
      auto got = parse(R"({"allow_partial":)" + std::string{partial}
                         + R"(,"users":["1"]})",
                       10, of);
      EXPECT_EQ(list(got.users), strings{"1"}) << partial;
      EXPECT_FALSE(got.allow_partial) << partial;
    }
  auto got = parse(R"({"users":"42","state":1,"allow_partial":2})", 10,
                   call_method::info);
  EXPECT_FALSE(got.has_users);
}

TEST(StatusRequestTest, RefusesWrongTypesSayingWhatAndWhere) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {R"({"users":"42"})", "users: not a list of strings at byte 12"},
    {R"({"users":42})", "users: not a list of strings at byte "},
    {R"({"users":{}})", "users: not a list of strings at byte "},
    {R"({"users":true})", "users: not a list of strings at byte "},
    {R"({"users":[42]})", "users: not a list of strings at byte "},
    {R"({"users":["a",1.5]})", "users: not a list of strings at byte "},
    {R"({"users":["a",["b"]]})", "users: not a list of strings at byte "},
    {R"({"users":[[]]})", "users: not a list of strings at byte "},
    {R"({"users":[{"a":1}]})", "users: not a list of strings at byte "},
    {R"({"users":[false]})", "users: not a list of strings at byte "},
    {R"({"state":5})", "state: not a string at byte "},
    {R"({"state":["a"]})", "state: not a string at byte "},
    {R"({"state":{}})", "state: not a string at byte "},
    {R"({"state":true})", "state: not a string at byte "},
    {R"([])", "request: not an object at byte "},
    {R"(["42"])", "request: not an object at byte "},
    {R"("users")", "request: not an object at byte "},
    {R"(42)", "request: not an object at byte "},
    {R"(true)", "request: not an object at byte "},
    {R"({}{})", "extra data at byte 2"},
    {R"({"users":["a"]} x)", "extra data at byte 16"},
    {R"(null null)", "extra data at byte 5"},
    {"", "empty body"},
  };
  for (const auto& [body, what] : cases)
    EXPECT_TRUE(failure(body).starts_with(what))
      << body << ": " << failure(body);
}

TEST(StatusRequestTest, RefusesWhatIsNotJson) {
  const std::string_view cases[] = {
    " ",
    "{",
    "nul",
    "{users:[]}",
    "{\"users\":[\"a\",]}",
    "{\"users\":[\"a\"],}",
    "{\"users\":['a']}",
    "{\"users\":[\"a\" \"b\"]}",
    "{\"users\":[\"a\"]}//",
    "\xef\xbb\xbf{}",
    "{}\0"sv,
    "\0"sv,
    "{\"users\":[\"a\0\"]}"sv,
    "{\"users\":[\"a\nb\"]}",
    "{\"users\":[\"\\ud800\"]}",
    "{\"users\":[\"\\ud800\\u0041\"]}",
    "{\"users\":[\"\\udfff\"]}",
    "{\"users\":[\"\\q\"]}",
    "{\"users\":[\"\xff\"]}",
    "{\"users\":[\"\xc3\x28\"]}",
    "{\"users\":[\"\xc0\x80\"]}",
    "{\"users\":[\"\xed\xa0\x80\"]}",
    "{\"x\":\"\xfe\"}",
    "{\"x\":1e999999999999}x",
    "users=42",
  };
  for (auto body : cases)
    EXPECT_NE(failure(body), "") << body;
}

TEST(StatusRequestTest, RefusesEveryTruncation) {
  constexpr std::string_view body =
    R"({"users":["42","a\u00e9\ud83d\ude00é"],"state":"away",)"
    R"("allow_partial":true,"x":[1.5e-3,{"y":null}]})";
  for (std::size_t n = 0; n < body.size(); ++n) {
    std::vector<char> copy(body.begin(),
                           body.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_NE(failure({copy.data(), copy.size()}), "") << body.substr(0, n);
  }
  EXPECT_EQ(failure(body), "");
}

TEST(StatusRequestTest, SurvivesEveryByteReplaced) {
  constexpr std::string_view body =
    R"({"users":["42","\u00e9"],"state":"away"})";
  std::size_t refused = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string text{body};
      text[i] = static_cast<char>(c);
      refused += failure(text).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, body.size() * 128);
}

TEST(StatusRequestTest, BoundsNesting) {
  auto nested = [](std::size_t depth) {
    return "{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(failure(nested(31)), "");
  EXPECT_NE(failure(nested(32)), "");
  EXPECT_NE(failure(std::string(1'000'000, '[')), "");
}

TEST(StatusRequestTest, CountsUsersPastTheLimitWithoutKeepingThem) {
  std::string body = R"({"users":[)";
  for (int i = 0; i < 1'000'000; ++i)
    body += i == 0 ? "\"u\"" : ",\"u\"";
  body += "]}";
  auto got = parse(body, 100);
  EXPECT_EQ(got.user_count, 1'000'000u);
  EXPECT_EQ(got.users.size(), 100u);
  auto checked = validate(got, {.max_users = 100});
  ASSERT_TRUE(checked.has_error());
  EXPECT_EQ(checked.error().what,
            "bad request: users: at most 100, got 1000000");
  // The limit was raised after they had been left out.
  checked = validate(got, {.max_users = 2'000'000});
  ASSERT_TRUE(checked.has_error());
  EXPECT_EQ(checked.error().what,
            "bad request: users: at most 100, got 1000000");
}

// -- validation ---------------------------------------------------------------

std::string verdict(std::string_view body, const request_limits& limits) {
  auto checked = validate(parse(body, limits.max_users), limits);
  if (checked.has_value())
    return {};
  EXPECT_EQ(checked.error().code, ec::bad_request);
  return checked.error().what;
}

std::string call_for(const std::string& user) {
  return "{\"users\":[\"a\",\"" + user + "\"]}";
}

TEST(StatusRequestValidationTest, SaysWhatIsWrongWithTheUsers) {
  const request_limits limits{.max_users = 4};
  const std::pair<std::string, std::string_view> cases[] = {
    {"null", "bad request: users: required"},
    {"{}", "bad request: users: required"},
    {R"({"users":null})", "bad request: users: required"},
    {R"({"users":[]})", "bad request: users: empty list"},
    {R"({"users":["1","2","3",""]})", "bad request: users[3]: empty"},
    {R"({"users":[null]})", "bad request: users[0]: empty"},
    {R"({"users":["1","2","3","4","5"]})",
     "bad request: users: at most 4, got 5"},
    {R"({"users":["1","2","3","4"]})", ""},
    {call_for(std::string(512, 'x')), ""},
    {call_for(std::string(513, 'x')), "bad request: users[1]: over 512 bytes"},
  };
  for (const auto& [body, what] : cases)
    EXPECT_EQ(verdict(body, limits), what) << body;
}

TEST(StatusRequestValidationTest, ChecksTheState) {
  const re2::RE2 regex{"^(away|dnd|.{64})$"};
  const request_limits any{};
  const request_limits some{.state_regex = &regex};
  auto with = [](const std::string& state) {
    return R"({"users":["1"],"state":")" + state + "\"}";
  };
  constexpr auto too_long = "bad request: state: over 64 bytes";
  constexpr auto no_match =
    "bad request: state: does not match user_status.state_regex";
  EXPECT_EQ(verdict(with("anything"), any), "");
  EXPECT_EQ(verdict(with(std::string(64, 'x')), any), "");
  EXPECT_EQ(verdict(with(std::string(65, 'x')), any), too_long);
  EXPECT_EQ(verdict(with("away"), some), "");
  EXPECT_EQ(verdict(with("anything"), some), no_match);
  EXPECT_EQ(verdict(with(std::string(65, 'x')), some), too_long);
  EXPECT_EQ(verdict(with(""), some), "");
  EXPECT_EQ(verdict(R"({"users":["1"]})", some), "");
}

TEST(StatusRequestValidationTest, MatchesAnywhereUnlessAnchored) {
  const re2::RE2 regex{"wa"};
  EXPECT_TRUE(validate_state("away", &regex).has_value());
  EXPECT_TRUE(validate_state("here", &regex).has_error());
}

} // namespace
} // namespace lastseen::server_api
