#include "net/api/json_response.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace lastseen::server_api {
namespace {

struct answer {
  user_list users;
  stored_records records;

  answer& add(std::string_view user, const record& x = {}) {
    users.add(user);
    records.add(x);
    return *this;
  }

  std::string json(std::span<const std::string_view> failures = {},
                   std::uint32_t id = 0) const {
    std::string out;
    begin_reply(out, id);
    out += "\"result\":";
    append_statuses(out, users, records, failures);
    return out + '}';
  }
};

TEST(ApiResponseTest, WritesOneStatusPerUserInOrder) {
  answer x;
  x.add("42", {.active = 1627107289999,
               .online = 1627107290000,
               .deleted = 0,
               .changed = 1627107289000,
               .state = "x"})
    .add("43")
    .add("42",
         {.active = 1000, .online = 0, .deleted = 0, .changed = 0, .state = {}})
    .add(
      "44",
      {.active = 0, .online = 2999, .deleted = 500, .changed = 0, .state = {}});
  EXPECT_EQ(x.json(),
            R"({"result":{"statuses":[{"user":"42","active":1627107289,)"
            R"("online":1627107290,"state":"x"},{"user":"43"},)"
            R"({"user":"42","active":1},{"user":"44","online":2}]}})");
}

TEST(ApiResponseTest, LeavesOutTimesThatRoundDownToZero) {
  answer x;
  x.add(
    "1",
    {.active = 999, .online = 999, .deleted = 0, .changed = 0, .state = {}});
  EXPECT_EQ(x.json(), R"({"result":{"statuses":[{"user":"1"}]}})");
}

TEST(ApiResponseTest, WritesTheLargestTimes) {
  constexpr stamp max = 9'999'999'999'999;
  answer x;
  x.add(
    "1",
    {.active = max, .online = max, .deleted = 0, .changed = 0, .state = {}});
  EXPECT_EQ(x.json(), R"({"result":{"statuses":[{"user":"1",)"
                      R"("active":9999999999,"online":9999999999}]}})");
}

TEST(ApiResponseTest, WritesEveryDigitOfATime) {
  std::vector<stamp> all{999'999'999, 1'000'000'000, 9'999'999'999};
  for (stamp x = 1; x < 10'000'000'000; x *= 10)
    for (stamp digit = 1; digit <= (x < 1'000'000'000 ? 9 : 8); ++digit) {
      all.push_back(x * digit);
      all.push_back(1'234'567'890 + x * digit);
    }
  for (auto seconds : all) {
    answer x;
    x.add("1", {.active = seconds * 1000 + 999,
                .online = 0,
                .deleted = 0,
                .changed = 0,
                .state = {}});
    EXPECT_EQ(x.json(), R"({"result":{"statuses":[{"user":"1","active":)"
                          + std::to_string(seconds) + "}]}}");
  }
}

TEST(ApiResponseTest, WritesAnEmptyList) {
  EXPECT_EQ(answer{}.json(), R"({"result":{"statuses":[]}})");
}

TEST(ApiResponseTest, EscapesUsersAndStates) {
  answer x;
  x.add("a\"\\\n<&>", {.active = 0,
                       .online = 0,
                       .deleted = 0,
                       .changed = 1,
                       .state = "\"на\xff"});
  EXPECT_EQ(x.json(), "{\"result\":{\"statuses\":[{\"user\":"
                      "\"a\\\"\\\\\\n<&>\",\"state\":\"\\\"на\ufffd\"}]}}");
}

TEST(ApiResponseTest, MarksTheUsersThatCouldNotBeRead) {
  answer x;
  x.add("1",
        {.active = 5000, .online = 0, .deleted = 0, .changed = 0, .state = {}})
    .add("2", {.active = 5000,
               .online = 5000,
               .deleted = 0,
               .changed = 0,
               .state = "gone"})
    .add("3");
  const std::string_view failures[] = {
    "", "internal server error: redis 10.0.0.5:6379: timeout", ""};
  EXPECT_EQ(x.json(failures),
            R"({"result":{"statuses":[{"user":"1","active":5},)"
            R"({"user":"2","error":{"code":100,"message":)"
            R"("internal server error: redis 10.0.0.5:6379: timeout"}},)"
            R"({"user":"3"}]}})");
}

TEST(ApiResponseTest, WritesAnError) {
  std::string out;
  append_error(out, error_code::bad_request, "bad request: users: \"x\"");
  EXPECT_EQ(out,
            R"({"error":{"code":107,"message":"bad request: users: \"x\""}})");
}

TEST(ApiResponseTest, WritesNodesAsTheyAre) {
  std::string out;
  append_nodes(out, std::vector<std::string>{R"({"uid":"a"})", "{}"});
  EXPECT_EQ(out, R"({"nodes":[{"uid":"a"},{}]})");
}

TEST(ApiResponseTest, EchoesALegacyIdUnlessItIsZero) {
  std::vector<std::string> replies(4);
  begin_reply(replies[0], 4294967295);
  begin_reply(replies[1], 0);
  for (std::size_t i : {0u, 1u})
    replies[i] += "\"result\":{}}";
  append_error(replies[2], error_code::not_found,
               message_of(error_code::not_found), 3);
  replies[3] = answer{}.add("42").json({}, 4);
  EXPECT_EQ(join_legacy(replies), R"({"id":4294967295,"result":{}}
{"result":{}}
{"id":3,"error":{"code":104,"message":"not found"}}
{"id":4,"result":{"statuses":[{"user":"42"}]}})");
  EXPECT_EQ(join_legacy({}), "");
}

TEST(ApiErrorsTest, HasTheMessagesOfTheContract) {
  const std::pair<int, std::string_view> cases[] = {
    {100, "internal server error"},
    {102, "unknown channel"},
    {104, "not found"},
    {107, "bad request"},
    {108, "not available"},
    {112, "unrecoverable position"},
    {113, "conflict"},
  };
  for (const auto& [code, message] : cases)
    EXPECT_EQ(message_of(static_cast<error_code>(code)), message);
}

} // namespace
} // namespace lastseen::server_api
