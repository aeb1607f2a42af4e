#include "config/redis_address.hpp"
#include "tests/unit/config/load_fixture.hpp"

// Files as Centrifugo read them before version 6.

namespace lastseen::config {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class OldKeys : public Load {
protected:
  static redis redis_of(const loaded& x) {
    return x.settings.user_status.redis;
  }
};

// -- the examples of contract.md A.4 ------------------------------------------

TEST_F(OldKeys, ReadTheFirstExample) {
  auto x =
    good(R"({"redis_active_status": {"enabled": true, "redis_address": ""}})");
  EXPECT_EQ(x.settings.store, store_kind::redis);
  EXPECT_THAT(redis_of(x).address, ElementsAre("127.0.0.1:6379"));
  EXPECT_THAT(x.warnings,
              AllOf(Contains(file_
                             + ": redis_active_status.redis_address: is now "
                               "called user_status.redis.address"),
                    Contains(file_
                             + ": redis_active_status.enabled: is now called "
                               "user_status.enabled"),
                    Not(Contains(HasSubstr("unknown")))));
}

TEST_F(OldKeys, ReadTheSecondExample) {
  auto x = good(R"({"redis_active_status": {"enabled": true,
    "redis_address": "127.0.0.1:6379", "expire_interval": "24h"}})");
  EXPECT_EQ(x.settings.store, store_kind::redis);
  EXPECT_THAT(redis_of(x).address, ElementsAre("127.0.0.1:6379"));
  EXPECT_EQ(x.settings.user_status.expire_interval, std::chrono::hours{24});
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
}

TEST_F(OldKeys, ReadTheThirdExample) {
  auto x = good(R"({"engine": "redis", "redis_address": "localhost:6379",
    "redis_active_status": {"enabled": true, "use_redis_from_engine": true}})");
  EXPECT_EQ(x.settings.store, store_kind::redis);
  EXPECT_THAT(redis_of(x).address, ElementsAre("localhost:6379"));
  EXPECT_THAT(x.warnings,
              AllOf(Contains(file_ + ": engine: is now called engine.type"),
                    Contains(file_
                             + ": redis_address: is now called "
                               "engine.redis.address"),
                    Contains(HasSubstr("user_status.redis.reuse_from_engine")),
                    Not(Contains(HasSubstr("unknown"))),
                    Not(Contains(HasSubstr("not used")))));
}

// -- all the others -----------------------------------------------------------

TEST_F(OldKeys, ReadAFileOfVersion5) {
  auto x = good(R"({
    "port": 8001, "api_key": "k", "token_hmac_secret_key": "s",
    "allowed_origins": ["https://a.b"], "sse": true, "health": true,
    "health_handler_prefix": "/h", "prometheus_handler_prefix": "/p",
    "swagger_handler_prefix": "/s",
    "client_queue_max_size": 2048, "log_level": "warn", "log_file": "l",
    "user_status": {"enabled": true, "redis_address": ["a:1", "b:2"],
      "redis_db": 2, "redis_tls": true, "redis_tls_server_name": "n",
      "state_regex": "^x"}})");
  const auto& all = x.settings;
  EXPECT_EQ(all.http_server.port, 8001);
  EXPECT_EQ(all.http_api.key, "k");
  EXPECT_EQ(all.client.token.hmac_secret_key, "s");
  EXPECT_THAT(all.client.allowed_origins, ElementsAre("https://a.b"));
  EXPECT_TRUE(all.sse.enabled);
  EXPECT_TRUE(all.health.enabled);
  EXPECT_EQ(all.health.handler_prefix, "/h");
  EXPECT_EQ(all.prometheus.handler_prefix, "/p");
  EXPECT_EQ(all.swagger.handler_prefix, "/s");
  EXPECT_EQ(all.client.queue_max_size, 2048u);
  EXPECT_EQ(all.log.level, "warn");
  EXPECT_EQ(all.log.file, "l");
  EXPECT_EQ(all.user_status.state_regex, "^x");
  EXPECT_THAT(redis_of(x).address, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(redis_of(x).db, 2u);
  EXPECT_TRUE(redis_of(x).tls.enabled);
  EXPECT_EQ(redis_of(x).tls.server_name, "n");
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("state_regex"))));
}

TEST_F(OldKeys, GiveWayToThoseOfToday) {
  auto x = good(R"({"api_key": "old", "http_api": {"key": "new"},
    "redis_active_status": {"expire_interval": "1h"},
    "user_status": {"expire_interval": "2h"}})");
  EXPECT_EQ(x.settings.http_api.key, "new");
  EXPECT_EQ(x.settings.user_status.expire_interval, std::chrono::hours{2});
  EXPECT_THAT(x.warnings,
              Contains(file_
                       + ": api_key: is now called http_api.key, which is "
                         "there too: ignored"));
}

TEST_F(OldKeys, AreNamedInErrors) {
  EXPECT_EQ(fault_of(R"({"redis_active_status": {"expire_interval": 24}})"),
            "user_status.expire_interval = 24 (" + file_
              + ", redis_active_status.expire_interval): must be a duration "
                "such as `1h30m` or `250ms`, at least 1s");
  EXPECT_THAT(fault_of(R"({"redis_address": 5,
                 "redis_active_status": {"use_redis_from_engine": true}})"),
              HasSubstr("(" + file_ + ", redis_address): must be"));
  EXPECT_THAT(fault_of(R"({"api_key": ["hush"]})"), Not(HasSubstr("hush")));
  EXPECT_THAT(fault_of(R"({"sse": 1})"),
              HasSubstr("sse.enabled = 1 (" + file_ + ", sse): must be true"));
}

TEST_F(OldKeys, AreReportedWhenTheyAreUnknownEvenSo) {
  auto x = good(R"({"redis_nonsense": 1, "redis_active_status": {"x": 2}})");
  EXPECT_THAT(x.warnings,
              Contains(HasSubstr(R"(unknown key "engine.redis.nonsense")")));
  EXPECT_THAT(x.warnings,
              Contains(HasSubstr(R"(unknown key "user_status.x")")));
}

TEST_F(OldKeys, OfAWrongShapeAreRefused) {
  EXPECT_THAT(fault_of(R"({"api_key": "x", "http_api": 5})"),
              HasSubstr("http_api (" + file_ + "): must be an object"));
  EXPECT_THAT(fault_of(R"({"user_status": [{"redis_address": "a:1"}]})"),
              HasSubstr("user_status (" + file_ + "): must be an object"));
}

} // namespace

} // namespace lastseen::config
