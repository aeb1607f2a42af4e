#include "config/redis_address.hpp"
#include "tests/unit/config/load_fixture.hpp"

// Redis settings that are taken from those of the engine.

namespace lastseen::config {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Engine : public Load {
protected:
  static redis redis_of(const loaded& x) {
    return x.settings.user_status.redis;
  }
};

constexpr auto engine_text = R"({
  "engine": {"type": "redis", "redis": {"address": ["a:1", "b:2"], "db": 3,
    "password": "hush", "tls": {"enabled": true, "server_name": "r"},
    "sentinel_tls": {"enabled": true}}},
  "user_status": {"redis": {"reuse_from_engine": true, "db": 4}}})";

TEST_F(Engine, GivesWhatIsNotGivenForStatuses) {
  auto x = good(engine_text);
  EXPECT_EQ(x.settings.store, store_kind::redis);
  auto redis = redis_of(x);
  EXPECT_THAT(redis.address, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(redis.db, 4U);
  EXPECT_EQ(redis.password, "hush");
  EXPECT_EQ(redis.prefix, "lastseen");
  EXPECT_TRUE(redis.tls.enabled);
  EXPECT_EQ(redis.tls.server_name, "r");
  EXPECT_TRUE(redis.sentinel_tls.enabled);
  EXPECT_THAT(
    x.store_note,
    HasSubstr("Redis, a:1/4, b:2/4, because user_status.redis.address "
              "is set ("
              + file_ + ", engine.redis.address)"));
}

TEST_F(Engine, GivesThePrefixIfItHasOne) {
  auto x = good(R"({"engine": {"redis": {"prefix": "p"}},
                    "user_status": {"redis": {"reuse_from_engine": true}}})");
  EXPECT_EQ(redis_of(x).prefix, "p");
  EXPECT_THAT(redis_of(x).address, ElementsAre("127.0.0.1:6379"));
}

TEST_F(Engine, GivesNoAddressesNextToAnotherWayToFindRedis) {
  auto engine = std::string{R"({"engine": {"redis": {
    "cluster_address": ["c:1,d:2"], "user": "u"}}, "user_status": {"redis": {
    "reuse_from_engine": true)"};
  auto x = redis_of(good((engine + "}}}").c_str()));
  EXPECT_THAT(x.cluster_address, ElementsAre("c:1,d:2"));
  EXPECT_EQ(x.user, "u");
  x = redis_of(good((engine + R"(, "address": "a:1"}}})").c_str()));
  EXPECT_THAT(x.cluster_address, IsEmpty());
  EXPECT_THAT(x.address, ElementsAre("a:1"));
  EXPECT_EQ(x.user, "u");
}

TEST_F(Engine, MayBeGivenByTheEnvironment) {
  auto x = good("", {{"LASTSEEN_ENGINE_REDIS_ADDRESS", "a:1 b:2"},
                     {"LASTSEEN_USER_STATUS_REDIS_REUSE_FROM_ENGINE", "true"}});
  EXPECT_THAT(redis_of(x).address, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
}

TEST_F(Engine, IsLeftAloneUnlessAskedFor) {
  auto x = good(R"({"engine": {"redis": {"address": "a:1"}}})");
  EXPECT_EQ(x.settings.store, store_kind::embedded);
  EXPECT_THAT(redis_of(x).address, IsEmpty());
  EXPECT_THAT(x.warnings, Contains(HasSubstr(
                            "not used, unless "
                            "user_status.redis.reuse_from_engine is set")));
}

TEST_F(Engine, MayBeAskedForByTheOldName) {
  auto x = good(R"({"engine": {"redis": {"address": "a:1"}},
                    "user_status": {"use_redis_from_engine": true}})");
  EXPECT_THAT(redis_of(x).address, ElementsAre("a:1"));
  EXPECT_THAT(x.warnings,
              Contains(HasSubstr("user_status.redis.reuse_from_engine")));
}

TEST_F(Engine, IsRefusedWhereItIsReusedAndNotSupported) {
  auto text = std::string{R"({"engine": {"redis": {
    "replica_client": {"enabled": true}, "force_resp2": true}})"};
  EXPECT_EQ(good((text + '}').c_str()).settings.store, store_kind::embedded);
  text += R"(, "user_status": {"redis": {"reuse_from_engine": true}}})";
  EXPECT_THAT(fault_of(text.c_str()),
              HasSubstr("engine.redis.replica_client (" + file_
                        + "): is not supported yet"));
}

TEST_F(Engine, IsCheckedToo) {
  EXPECT_THAT(fault_of(R"({"engine": {"redis": {"db": -1}}})"),
              HasSubstr("engine.redis.db"));
  EXPECT_THAT(fault_of(R"({"engine": {"redis": {"password": ["hush"]}}})"),
              Not(HasSubstr("hush")));
  EXPECT_THAT(fault_of(R"({"engine": {"redis": {"address": "x"}},
                "user_status": {"redis": {"reuse_from_engine": true}}})"),
              HasSubstr("\"x\": the port is missing"));
  auto x = good(R"({"engine": {"redis": {"adress": "a:1"}, "x": 1}})");
  EXPECT_THAT(x.warnings, Contains(HasSubstr("engine.redis.adress")));
  EXPECT_THAT(x.warnings, Contains(HasSubstr("engine.x")));
}

} // namespace

} // namespace lastseen::config
