#include "net/environment.hpp"
#include "tests/support/jwt.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

class Environment : public testing::Test {
protected:
  Environment() {
    settings.client.token.hmac_secret_key = "secret";
  }

  void make() {
    env = make_environment(settings, std::make_shared<directory>(1)).value();
  }

  result<identity> authenticate(std::string_view claims) {
    return env->connections.load()->session.authenticate(
      test::sign_hs256(claims, "secret"), {});
  }

  static std::string in(std::chrono::seconds delay) {
    auto then = std::chrono::system_clock::now() + delay;
    return std::to_string(
      std::chrono::floor<std::chrono::seconds>(then.time_since_epoch())
        .count());
  }

  config::settings settings;
  std::unique_ptr<environment> env;
};

TEST_F(Environment, HandsTheSettingsToTheSessions) {
  settings.client.ping_interval = 7s;
  settings.client.pong_timeout = 3s;
  settings.client.stale_close_delay = 4s;
  settings.client.expired_close_delay = 5s;
  settings.user_status.timeout = 6s;
  settings.user_status.disable_for_client = true;
  settings.user_status.max_users_per_request = 11;
  make();
  auto connections = env->connections.load();
  const auto& x = connections->session;
  EXPECT_EQ(x.ping_interval, 7s);
  EXPECT_EQ(x.pong_timeout, 3s);
  EXPECT_EQ(x.stale_close_delay, 4s);
  EXPECT_EQ(x.expired_close_delay, 5s);
  EXPECT_EQ(x.timeout, 6s);
  EXPECT_TRUE(x.enabled);
  EXPECT_FALSE(x.client_updates);
  EXPECT_FALSE(x.anonymous);
  EXPECT_EQ(x.version.find("lastseen "), 0u);
  EXPECT_EQ(env->live.max_users_per_request, 11u);
  EXPECT_EQ(connections->directory, env->directory);
}

TEST_F(Environment, LetsAnonymousClientsInOnRequest) {
  settings.client.allow_anonymous_connect_without_token = true;
  make();
  EXPECT_TRUE(env->connections.load()->session.anonymous);
  settings.client.allow_anonymous_connect_without_token = false;
  settings.client.insecure = true;
  make();
  EXPECT_TRUE(env->connections.load()->session.anonymous);
}

TEST_F(Environment, ChecksTokens) {
  make();
  auto who = authenticate(R"({"sub":"42"})");
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "42");
  EXPECT_FALSE(who->ttl);
  auto wrong = env->connections.load()->session.authenticate(
    test::sign_hs256(R"({"sub":"42"})", "other"), {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ec::unauthorized);
  auto expired = authenticate(R"({"sub":"42","exp":)" + in(-10s) + "}");
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, ec::token_expired);
}

TEST_F(Environment, TakesOtherKeysAndLimits) {
  make();
  auto before = env->connections.load();
  settings.client.token.hmac_secret_key = "other";
  settings.client.rate_limit.client_command = {1, 1};
  settings.client.connection_limit = 1;
  settings.client.queue_max_size = 2000;
  settings.websocket.message_size_limit = 1000;
  ASSERT_TRUE(reload(*env, settings));
  EXPECT_FALSE(authenticate(R"({"sub":"42"})"));
  // A client from before, which refreshes its token.
  EXPECT_TRUE(before->session.authenticate(
    test::sign_hs256(R"({"sub":"42"})", "other"), {}));
  EXPECT_TRUE(before->session.commands.unlimited());
  EXPECT_FALSE(env->connections.load()->session.commands.unlimited());
  EXPECT_FALSE(env->gate.admit(1, {}));
  EXPECT_EQ(env->live.queue_max_size, 2000u);
  EXPECT_EQ(env->live.message_size_limit, 1000u);
}

TEST_F(Environment, TakesOtherLimitsOfRequests) {
  make();
  settings.http_server.max_body_size = 2001;
  settings.websocket.decompressed_message_size_limit = 2002;
  settings.websocket.write_timeout = 2003ms;
  settings.user_status.max_users_per_request = 2004;
  settings.http_stream.max_request_body_size = 2005;
  settings.sse.max_request_body_size = 2006;
  settings.emulation.max_request_body_size = 2007;
  settings.uni_http_stream.max_request_body_size = 2008;
  settings.uni_sse.max_request_body_size = 2009;
  ASSERT_TRUE(reload(*env, settings));
  const auto& live = env->live;
  EXPECT_EQ(live.max_body_size, 2001u);
  EXPECT_EQ(live.decompressed_message_size_limit, 2002u);
  EXPECT_EQ(live.write_timeout.load(), 2003ms);
  EXPECT_EQ(live.max_users_per_request, 2004u);
  EXPECT_EQ(live.http_stream, 2005u);
  EXPECT_EQ(live.sse, 2006u);
  EXPECT_EQ(live.emulation, 2007u);
  EXPECT_EQ(live.uni_http_stream, 2008u);
  EXPECT_EQ(live.uni_sse, 2009u);
}

TEST_F(Environment, KeepsEverythingWhenAKeyIsBad) {
  make();
  settings.client.token.rsa_public_key = "none";
  settings.http_api.key = "other";
  auto got = reload(*env, settings);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ec::bad_config);
  EXPECT_TRUE(authenticate(R"({"sub":"42"})"));
  EXPECT_TRUE(env->api_keys.load()->empty());
}

TEST_F(Environment, TellsHowLongATokenIsGood) {
  make();
  auto who = authenticate(R"({"sub":"42","exp":)" + in(100s) + "}");
  ASSERT_TRUE(who);
  ASSERT_TRUE(who->ttl);
  EXPECT_GE(*who->ttl, 98s);
  EXPECT_LE(*who->ttl, 100s);
}

TEST_F(Environment, CutsLongTimesToLive) {
  make();
  auto who = authenticate(R"({"sub":"42","exp":)"
                          + in(std::chrono::hours{24 * 1000}) + "}");
  ASSERT_TRUE(who);
  EXPECT_EQ(*who->ttl, std::chrono::hours{24 * 365});
}

TEST_F(Environment, LetsNoTokenEndWhenInsecure) {
  settings.client.insecure = true;
  make();
  auto who = authenticate(R"({"sub":"42","exp":)" + in(100s) + "}");
  ASSERT_TRUE(who);
  EXPECT_FALSE(who->ttl);
}

TEST_F(Environment, ChecksStatesByTheRegularExpression) {
  make();
  EXPECT_FALSE(env->connections.load()->session.state_allowed);
  EXPECT_EQ(env->state_regex, nullptr);
  settings.user_status.state_regex = "^a";
  make();
  EXPECT_TRUE(env->connections.load()->session.state_allowed("away"));
  EXPECT_FALSE(env->connections.load()->session.state_allowed("busy"));
  EXPECT_NE(env->state_regex, nullptr);
}

} // namespace
} // namespace lastseen
