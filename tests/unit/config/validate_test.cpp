#include "config/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace lastseen::config {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Settings without a warning.
settings good() {
  settings x;
  x.http_api.key = "hush-api";
  x.client.token.hmac_secret_key = "hush-hmac";
  x.user_status.redis.password = "hush-redis";
  return x;
}

struct change_case {
  std::function<void(settings&)> change;
  const char* text;
};

TEST(Validate, IsContentWithGoodSettings) {
  auto warnings = validate(good());
  ASSERT_TRUE(warnings) << warnings.error().what;
  EXPECT_THAT(*warnings, IsEmpty());
}

TEST(Validate, RefusesContradictionsAndIllegalValues) {
  for (
    const auto& [change, text] : std::vector<change_case>{
      {[](settings& x) { x.client.ping_interval = 8s; },
       "client.ping_interval = \"8s\" (default): must be longer than "
       "client.pong_timeout = \"8s\" (default)"},
      {[](settings& x) { x.client.pong_timeout = 1h; },
       "must be longer than client.pong_timeout = \"1h\""},
      {[](settings& x) { x.user_status.delete_guard = 745h; },
       "user_status.delete_guard = \"745h\" (default): must be at most "
       "user_status.expire_interval = \"744h\" (default)"},
      {[](settings& x) { x.user_status.max_batch = 0; },
       "user_status.max_batch = 0 (default): must be a whole number from 1 "
       "to 4096"},
      {[](settings& x) { x.user_status.max_batch = 4097; },
       "user_status.max_batch = 4097"},
      {[](settings& x) { x.user_status.timeout = 0s; },
       "user_status.timeout = \"0\" (default): must be a duration"},
      {[](settings& x) { x.user_status.timeout = -1s; },
       "user_status.timeout = \"-1s\" (default): must be a duration"},
      {[](settings& x) { x.http_server.tls.enabled = true; },
       "http_server.tls.cert_pem = \"\" (default): must be set, as "
       "http_server.tls.enabled = true (default)"},
      {[](settings& x) { x.http_server.tls.key_pem = "a.key"; },
       "http_server.tls.cert_pem = \"\" (default): must be set, as the other "
       "of cert_pem and key_pem is"},
      {[](settings& x) { x.log.level = "loud"; },
       "log.level = \"loud\" (default): must be `none`, `trace`"},
      {[](settings& x) { x.user_status.state_regex = "a(b"; },
       "user_status.state_regex = \"a(b\" (default): must be a regular "
       "expression of RE2: \"missing ): a(b\""},
      {[](settings& x) { x.client.token.audience_regex = "a("; },
       "client.token.audience_regex = \"a(\" (default): must be a regular "
       "expression of RE2"},
      {[](settings& x) { x.client.token.issuer_regex = "a("; },
       "client.token.issuer_regex = \"a(\" (default): must be a regular "
       "expression of RE2"},
      {[](settings& x) {
         x.client.token.audience = "a";
         x.client.token.audience_regex = "b";
       },
       "client.token.audience_regex = \"b\" (default): must be empty, since "
       "client.token.audience = \"a\" (default) is set"},
      {[](settings& x) {
         x.client.token.issuer = "a";
         x.client.token.issuer_regex = "b";
       },
       "client.token.issuer_regex = \"b\" (default): must be empty, since "
       "client.token.issuer = \"a\" (default) is set"},
      {[](settings& x) { x.client.user_id_http_header = "X User"; },
       "client.user_id_http_header = \"X User\" (default): must be the name of "
       "a header, or empty"},
      {[](settings& x) {
         x.client.token.jwks_public_endpoint = "https://{{tenant}}/jwks";
       },
       "must be a URL such as"},
      {[](settings& x) { x.client.token.jwks_public_endpoint = "ftp://x/"; },
       "must be a URL such as"},
      {[](settings& x) { x.client.rate_limit.user_command.burst = 0; },
       "client.rate_limit.user_command.burst = 0 (default): must be a whole "
       "number from 1 to 1000000"},
      {[](settings& x) { x.client.token.user_id_claim = "a.b"; },
       "client.token.user_id_claim = \"a.b\" (default): must be letters and "
       "`_`, or empty"},
      {[](settings& x) { x.user_status.state_regex = "(?=a)"; },
       "must be a regular expression of RE2"},
      {[](settings& x) { x.user_status.state_regex = "\xff"; },
       "must be a regular expression of RE2"},
      {[](settings& x) {
         x.user_status.redis.address = {"a:1", "b"};
       },
       "user_status.redis.address (default): \"b\": the port is missing"},
      {[](settings& x) {
         x.user_status.redis.address = {"a:1", ""};
       },
       "user_status.redis.address (default): \"\": must not be empty"},
      {[](settings& x) {
         x.user_status.redis.address = {"a:1", "b:1", "redis://u:hush@a:1/0"};
       },
       "\"a:1\" is there twice"},
      {[](settings& x) { x.user_status.redis.previous_address = {"u:hush@a"}; },
       "user_status.redis.previous_address (default): \"a\": must be"},
      {[](settings& x) {
         x.user_status.redis.previous_address = {"a:1", "redis://u:hush@a:1"};
       },
       "user_status.redis.previous_address (default): \"a:1\" is there twice"},
    }) {
    auto x = good();
    change(x);
    auto warnings = validate(x);
    ASSERT_FALSE(warnings) << text;
    EXPECT_EQ(warnings.error().code, ec::bad_config);
    EXPECT_THAT(
      warnings.error().what,
      AllOf(HasSubstr(text), Not(HasSubstr("hush")), Not(HasSubstr("\n"))));
  }
}

TEST(Validate, AcceptsTheEdges) {
  for (const auto& [change, text] : std::vector<change_case>{
         {[](settings& x) { x.client.ping_interval = 9s; }, "ping"},
         {[](settings& x) { x.user_status.delete_guard = 744h; }, "guard"},
         {[](settings& x) { x.user_status.max_batch = 4096; }, "batch"},
         {[](settings& x) { x.user_status.state_regex = "^[a-z]{1,9}$"; },
          "regex"},
         {[](settings& x) {
            x.user_status.redis.address = {"a:1", "redis://a:1/1"};
          },
          "databases"},
         {[](settings& x) {
            x.user_status.redis.address = {"a:1", "b:1"};
            x.user_status.redis.previous_address = {"a:1"};
          },
          "a list that grows"},
       }) {
    auto x = good();
    change(x);
    EXPECT_TRUE(validate(x)) << text;
  }
}

TEST(Validate, WarnsOfWhatLooksWrong) {
  for (
    const auto& [change, text] : std::vector<change_case>{
      {[](settings& x) { x.http_api.key = ""; },
       "http_api.key is empty: every call of the server API will get 401"},
      {[](settings& x) { x.http_api.insecure = true; },
       "http_api.insecure = true (default): the server API is open"},
      {[](settings& x) { x.client.insecure = true; },
       "client.insecure = true (default): clients connect without a token"},
      {[](settings& x) { x.client.token.hmac_secret_key = ""; },
       "client.token has no key: no client can connect"},
      {[](settings& x) {
         x.client.allowed_origins = {"a", "*"};
       },
       "every web site may connect its visitors"},
      {[](settings& x) { x.client.ping_interval = 25500ms; },
       "client.ping_interval = \"25s500ms\" (default): clients are told "
       "whole seconds only, rounded up"},
      {[](settings& x) { x.user_status.expire_interval = 32s; },
       "a connected user is forgotten between two pings"},
      {[](settings& x) { x.user_status.delete_guard = 5004ms; },
       "an update may wait longer than that for the store (5s5ms)"},
      {[](settings& x) {
         x.user_status.max_users_per_request = 11;
         x.user_status.max_pending_users = 10;
       },
       "user_status.max_users_per_request = 11"},
      {[](settings& x) {
         x.user_status.redis.address = {"a:1", "b:1"};
         x.user_status.redis.previous_address = {"a:1", "redis://u:hush@b:1/0"};
       },
       "user_status.redis.previous_address = [\"a:1\", "
       "\"redis://b:1/0\"] (default): is the same list as "
       "user_status.redis.address"},
      {[](settings& x) {
         x.user_status.redis.password = "";
         x.user_status.redis.address = {"redis://tim@a:1"};
       },
       "\"a:1\" has a user and no password"},
    }) {
    auto x = good();
    change(x);
    x.user_status.delete_guard =
      std::min(x.user_status.delete_guard, x.user_status.expire_interval);
    auto warnings = validate(x);
    ASSERT_TRUE(warnings) << warnings.error().what;
    EXPECT_THAT(*warnings, Contains(HasSubstr(text)));
    EXPECT_THAT(*warnings, Each(Not(HasSubstr("hush"))));
  }
}

TEST(Validate, DoesNotAskForSecretsThatAreNotNeeded) {
  for (const auto& change : std::vector<std::function<void(config::client&)>>{
         [](auto& x) { x.allow_anonymous_connect_without_token = true; },
         [](auto& x) { x.token.rsa_public_key = "a key"; },
         [](auto& x) { x.token.ecdsa_public_key = "a key"; },
         [](auto& x) { x.token.eddsa_public_key = "a key"; },
         [](auto& x) { x.token.jwks_public_endpoint = "http://x/"; },
         [](auto& x) { x.user_id_http_header = "X-User"; },
       }) {
    auto x = good();
    x.client.token.hmac_secret_key = "";
    change(x.client);
    auto warnings = validate(x);
    ASSERT_TRUE(warnings);
    EXPECT_THAT(*warnings, IsEmpty());
  }
}

TEST(Validate, WarnsOfAnOnlineIntervalThatLeavesOutPongs) {
  auto x = good();
  x.user_status.online_interval = 18s;
  origins from{{"user_status.online_interval", "flag --x"}};
  auto warnings = validate(x, from);
  ASSERT_TRUE(warnings);
  EXPECT_THAT(*warnings, Contains(HasSubstr(
                           "user_status.online_interval = \"18s\" (flag --x): "
                           "is longer than client.ping_interval less "
                           "client.pong_timeout (17s)")));
  x.user_status.online_interval = 17s;
  warnings = validate(x, from);
  ASSERT_TRUE(warnings);
  EXPECT_THAT(*warnings, IsEmpty());
}

TEST(Validate, NamesTheOrigin) {
  auto x = good();
  x.client.ping_interval = 5s;
  auto warnings = validate(x, {{"client.ping_interval", "file c.json"}});
  ASSERT_FALSE(warnings);
  EXPECT_EQ(warnings.error().what,
            "client.ping_interval = \"5s\" (file c.json): must be longer than "
            "client.pong_timeout = \"8s\" (default)");
}

} // namespace

} // namespace lastseen::config
