#include "net/log.hpp"
#include "net/request_log.hpp"
#include "tests/support/node_fixture.hpp"

#include <set>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using test::loopback_client;

TEST(RequestLog, TakesOverIdsOfSafeCharactersOnly) {
  auto taken = [](std::string_view id) {
    return std::string{valid_request_id(id)};
  };
  EXPECT_EQ(taken("a-Z_0.9:=+/@"), "a-Z_0.9:=+/@");
  EXPECT_EQ(taken(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(taken(std::string(129, 'x')), "");
  for (auto bad : {"a b", "a\tb", "a\"b", "\xc3\xa4", "a,b"})
    EXPECT_EQ(taken(bad), "") << bad;
  EXPECT_EQ(taken(""), "");
}

TEST(RequestLog, MakesIdsThatDiffer) {
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i) {
    auto id = make_request_id();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_TRUE(all.insert(id).second);
  }
}

TEST(RequestLog, OneLineASecondPassesAndTellsHowManyDidNot) {
  log_limit aut;
  auto now = local_time{} + 100s;
  EXPECT_EQ(aut.pass(now), 0u);
  EXPECT_EQ(aut.pass(now), std::nullopt);
  EXPECT_EQ(aut.pass(now + 999ms), std::nullopt);
  EXPECT_EQ(aut.pass(now + 1s), 2u);
  EXPECT_EQ(aut.pass(now + 3s), 0u);
}

class RequestId : public test::node_fixture {};

TEST_F(RequestId, OfTheClientIsGivenBack) {
  start();
  loopback_client client{port()};
  auto got = client.ask(
    post("/api/get_user_status", R"({"users":["1"]})", "X-Request-ID: r7\r\n"));
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->has("X-Request-ID: r7"));
  got = client.ask(post("/api/x", "", "X-Request-ID: a b\r\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404u);
  EXPECT_EQ(got->header.find("X-Request-ID"), std::string::npos);
}

TEST_F(RequestId, IsMadeForTheAccessLog) {
  settings.log.access = true;
  start();
  loopback_client client{port()};
  auto got = client.ask(get_status("42"));
  ASSERT_TRUE(got);
  EXPECT_NE(got->header.find("X-Request-ID: "), std::string::npos);
}

} // namespace
} // namespace lastseen
