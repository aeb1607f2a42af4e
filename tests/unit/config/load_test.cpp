#include "config/fields.hpp"
#include "tests/unit/config/load_fixture.hpp"

namespace lastseen::config {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// -- where values come from ---------------------------------------------------

TEST_F(Load, GivesTheDefaultsForAnEmptyFile) {
  for (auto text : {"", "{}", " \n"}) {
    auto x = good(text);
    EXPECT_EQ(x.settings.http_server.port, 8000);
    EXPECT_EQ(x.settings.user_status.expire_interval, 744h);
    EXPECT_EQ(x.settings.store, store_kind::embedded);
    EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("no such file"))));
  }
}

TEST_F(Load, OnlyWarnsOfAMissingFile) {
  EXPECT_THAT(good(nullptr).warnings,
              Contains(from_.path + ": no such file, so it sets nothing"));
  from_.path_given = true;
  EXPECT_THAT(good(nullptr).warnings,
              Contains(from_.path
                       + ": no such file (given by --config), so "
                         "it sets nothing"));
}

TEST_F(Load, RefusesThatAFileIsGone) {
  EXPECT_TRUE(good(nullptr).files.empty());
  from_.expected = good("{}").files;
  EXPECT_EQ(from_.expected, std::vector{from_.path});
  std::remove(from_.path.c_str());
  EXPECT_EQ(fault_of(nullptr), from_.path + ": no such file");
}

TEST_F(Load, RefusesAFileThatCannotBeRead) {
  from_.path = testing::TempDir();
  EXPECT_THAT(fault_of(nullptr), HasSubstr("directory"));
}

TEST_F(Load, ReadsEveryGroupOfTheFile) {
  auto x = good(R"({
    "http_server": {"address": "127.0.0.1", "port": 9000,
                    "max_body_size": 2048},
    "http_api": {"key": "k", "insecure": true},
    "client": {"token": {"hmac_secret_key": "h"}, "insecure": true,
               "allowed_origins": ["https://a", "https://b"],
               "ping_interval": "30s", "pong_timeout": "1s"},
    "websocket": {"message_size_limit": 1000},
    "user_status": {"enabled": true, "expire_interval": "24h",
                    "redis": {"address": ["a:1", "b:2"], "prefix": "p",
                              "user": "u", "password": "w", "db": 3,
                              "client_name": "n", "connect_timeout": "2s",
                              "io_timeout": "3s"}},
    "server": {"threads": 2},
    "shutdown": {"timeout": "1m"},
    "log": {"level": "debug", "format": "json"}})")
             .settings;
  EXPECT_EQ(x.http_server.address, "127.0.0.1");
  EXPECT_EQ(x.http_server.port, 9000);
  EXPECT_EQ(x.http_server.max_body_size, 2048U);
  EXPECT_EQ(x.http_api.key, "k");
  EXPECT_TRUE(x.http_api.insecure);
  EXPECT_EQ(x.client.token.hmac_secret_key, "h");
  EXPECT_TRUE(x.client.insecure);
  EXPECT_THAT(x.client.allowed_origins, ElementsAre("https://a", "https://b"));
  EXPECT_EQ(x.client.ping_interval, 30s);
  EXPECT_EQ(x.client.pong_timeout, 1s);
  EXPECT_EQ(x.websocket.message_size_limit, 1000U);
  EXPECT_EQ(x.user_status.expire_interval, 24h);
  EXPECT_THAT(x.user_status.redis.address, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(x.user_status.redis.prefix, "p");
  EXPECT_EQ(x.user_status.redis.user, "u");
  EXPECT_EQ(x.user_status.redis.password, "w");
  EXPECT_EQ(x.user_status.redis.db, 3U);
  EXPECT_EQ(x.user_status.redis.client_name, "n");
  EXPECT_EQ(x.user_status.redis.connect_timeout, 2s);
  EXPECT_EQ(x.user_status.redis.io_timeout, 3s);
  EXPECT_EQ(x.server.threads, 2U);
  EXPECT_EQ(x.shutdown.timeout, 1min);
  EXPECT_EQ(x.log.level, "debug");
  EXPECT_EQ(x.log.format, "json");
}

TEST_F(Load, TakesFlagsOverEnvironmentOverFile) {
  auto text = R"({"http_server": {"port": 1}, "log": {"level": "warn",
                  "format": "json"}})";
  environment_map variables{{"LASTSEEN_HTTP_SERVER_PORT", "2"},
                            {"LASTSEEN_LOG_LEVEL", "error"}};
  auto x = good(text, variables, {{"http_server.port", "3"}}).settings;
  EXPECT_EQ(x.http_server.port, 3);
  EXPECT_EQ(x.log.level, "error");
  EXPECT_EQ(x.log.format, "json");
}

TEST_F(Load, ReplacesListsAndDoesNotJoinThem) {
  auto text = R"({"client": {"allowed_origins": ["a", "b"]}})";
  auto x = good(text, {{"LASTSEEN_CLIENT_ALLOWED_ORIGINS", " c  d "}});
  EXPECT_THAT(x.settings.client.allowed_origins, ElementsAre("c", "d"));
}

TEST_F(Load, TakesTheLastOfEqualFlags) {
  auto x = good("", {}, {{"log.level", "warn"}, {"log.level", "error"}});
  EXPECT_EQ(x.settings.log.level, "error");
}

TEST_F(Load, CountsAnEmptyVariableAsUnset) {
  auto x = good(R"({"http_server": {"port": 1}})",
                {{"LASTSEEN_HTTP_SERVER_PORT", ""},
                 {"LASTSEEN_CLIENT_INSECURE", ""},
                 {"LASTSEEN_USER_STATUS_REDIS_ADDRESS", ""},
                 {"LASTSEEN_USER_STATUS_EMBEDDED_PATH", ""}});
  EXPECT_EQ(x.settings.http_server.port, 1);
  EXPECT_EQ(x.settings.store, store_kind::embedded);
}

TEST_F(Load, ReadsEveryKeyFromTheEnvironment) {
  environment_map variables;
  for (const auto& f : fields()) {
    auto type = type_name(f);
    auto value = type == "boolean"    ? "true"
                 : type == "number"   ? "2048"
                 : type == "duration" ? "10s"
                                      : "x:1";
    variables[env_name(f.key)] =
      f.key.ends_with(".handler_prefix") ? '/' + std::string{f.key} : value;
  }
  variables["LASTSEEN_SERVER_THREADS"] = "9";
  variables["LASTSEEN_LOG_LEVEL"] = "warn";
  variables["LASTSEEN_LOG_FORMAT"] = "json";
  variables["LASTSEEN_HTTP_SERVER_ADDRESS"] = "::1";
  variables["LASTSEEN_HTTP_SERVER_INTERNAL_ADDRESS"] = "::1";
  variables["LASTSEEN_GRPC_API_ADDRESS"] = "::1";
  variables["LASTSEEN_GRPC_API_ERROR_MODE"] = "transport";
  variables["LASTSEEN_WEBSOCKET_COMPRESSION_LEVEL"] = "9";
  variables["LASTSEEN_HTTP_API_ERROR_MODE"] = "transport";
  variables["LASTSEEN_CLIENT_PING_INTERVAL"] = "20s";
  variables["LASTSEEN_USER_STATUS_REDIS_DB"] = "0"; // of a Cluster
  variables["LASTSEEN_USER_STATUS_LANES"] = "2";
  variables["LASTSEEN_CLIENT_TOKEN_USER_ID_CLAIM"] = "user";
  variables["LASTSEEN_CLIENT_TOKEN_JWKS_PUBLIC_ENDPOINT"] = "http://x/";
  variables["LASTSEEN_CLIENT_USER_ID_HTTP_HEADER"] = "X-User";
  // Each contradicts another one.
  variables.erase("LASTSEEN_USER_STATUS_EMBEDDED_PATH");
  variables.erase("LASTSEEN_CLIENT_TOKEN_AUDIENCE_REGEX");
  variables.erase("LASTSEEN_CLIENT_TOKEN_ISSUER_REGEX");
  auto x = good("", variables);
  EXPECT_EQ(x.settings.server.threads, 9U);
  EXPECT_EQ(x.settings.client.queue_max_size, 2048U);
  EXPECT_EQ(x.settings.user_status.redis.password, "x:1");
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
}

TEST_F(Load, ListensOnLoopbackForLocalhost) {
  auto x = good(R"({"http_server": {"address": "localhost"}})");
  EXPECT_EQ(x.settings.http_server.address, "127.0.0.1");
}

TEST_F(Load, LowersTheDefaultDeleteGuardToTheExpireInterval) {
  auto x = good(R"({"user_status": {"expire_interval": "30m"}})");
  EXPECT_EQ(x.settings.user_status.delete_guard, 30min);
  EXPECT_THAT(fault_of(R"({"user_status": {"expire_interval": "30m",
                                           "delete_guard": "1h"}})"),
              StartsWith("user_status.delete_guard = \"1h\" (" + file_
                         + "): must be at most user_status.expire_interval"));
}

// -- what is unknown ----------------------------------------------------------

TEST_F(Load, WarnsOfAnUnknownKeyWithTheNearest) {
  auto warnings = good(R"({"user_staus": {"enabled": true}, "admin": {"a": 1},
    "threads": 1, "log": {"levl": "info"}, "log.level": "warn", "": 1,
    "http_server": {"a.b": 1}, "client": {"token": {"": 1}}})")
                    .warnings;
  for (auto text :
       {"unknown key \"user_staus\", ignored; did you mean user_status?",
        "unknown key \"admin\", ignored",
        "unknown key \"threads\", ignored; did you mean server.threads?",
        "unknown key \"log.levl\", ignored; did you mean log.level?",
        "unknown key \"log.level\", ignored; groups are nested objects",
        "unknown key \"http_server.a.b\", ignored; groups are nested",
        "unknown key \"\", ignored", "unknown key \"client.token.\", ignored"})
    EXPECT_THAT(warnings, Contains(HasSubstr(file_ + ": " + text)));
}

TEST_F(Load, WarnsOfAnUnknownKeyInOneLineWithoutItsValue) {
  auto warnings = good(R"({"a\nb": 1, "apikey": "hush"})").warnings;
  EXPECT_THAT(warnings, Contains(HasSubstr(R"(unknown key "a\x0ab")")));
  EXPECT_THAT(warnings, Contains(HasSubstr(R"(unknown key "apikey")")));
  EXPECT_THAT(warnings,
              Each(AllOf(Not(HasSubstr("\n")), Not(HasSubstr("hush")))));
}

TEST_F(Load, WarnsOfAnUnknownVariable) {
  auto x = good("", {{"LASTSEEN_LOG_LEVL", "hush"},
                     {"LASTSEEN_SERVICE_HOST", "10.0.0.1"},
                     {"LASTSEEN_EMPTY", ""},
                     {"PATH", "/bin"}});
  EXPECT_THAT(x.warnings, Contains("environment: unknown variable "
                                   "\"LASTSEEN_LOG_LEVL\", ignored; did you "
                                   "mean LASTSEEN_LOG_LEVEL?"));
  EXPECT_THAT(x.warnings, Contains("environment: unknown variable "
                                   "\"LASTSEEN_SERVICE_HOST\", ignored"));
  EXPECT_THAT(x.warnings,
              Each(AllOf(Not(HasSubstr("PATH")), Not(HasSubstr("EMPTY")))));
}

TEST_F(Load, WarnsOfAFlagForWhatIsLeftOut) {
  auto x =
    good(R"({"admin": {"enabled": true}})", {{"LASTSEEN_ENGINE_TYPE", "redis"}},
         {{"admin.enabled", "true"}, {"debug.enabled", "false"}});
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("ENGINE"))));
  EXPECT_THAT(x.warnings,
              AllOf(Contains(file_ + R"(: unknown key "admin", ignored)"),
                    Contains(R"(flag --admin.enabled: unknown key "admin", )"
                             "ignored"),
                    Contains(R"(flag --debug.enabled: unknown key "debug", )"
                             "ignored")));
}

TEST_F(Load, RefusesAnUnknownFlag) {
  EXPECT_EQ(fault_of("", {}, {{"log.levl", "x"}}), "--log.levl: no such flag");
}

// -- environment --------------------------------------------------------------

TEST(Environment, KeepsOurVariables) {
  const char* variables[] = {"PATH=/bin",  "LASTSEEN_A=1=2", "LASTSEEN_B=",
                             "LASTSEEN_C", "XLASTSEEN_D=1",  nullptr};
  EXPECT_EQ(environment(variables),
            (environment_map{{"LASTSEEN_A", "1=2"}, {"LASTSEEN_B", ""}}));
  const char* none[] = {nullptr};
  EXPECT_THAT(environment(none), IsEmpty());
}

TEST_F(Load, GivesAClusterFourLanesUnlessToldOtherwise) {
  auto lanes_of = [&](const char* text) {
    return good(text).settings.user_status.lanes;
  };
  EXPECT_EQ(lanes_of(R"({"user_status": {"redis": {"address": "a:1"}}})"), 1U);
  EXPECT_EQ(lanes_of(R"({"user_status": {"redis": {
                     "cluster_address": "a:1"}}})"),
            4U);
  EXPECT_EQ(lanes_of(R"({"user_status": {"redis": {
                     "address": ["a:1", "redis+cluster://b:1"]}}})"),
            4U);
  EXPECT_EQ(lanes_of(R"({"user_status": {"lanes": 1,
                     "redis": {"cluster_address": "a:1"}}})"),
            1U);
  EXPECT_THAT(good(R"({"user_status": {"lanes": 2}})").warnings,
              Contains("user_status.lanes = 2 (" + file_
                       + "): not used by the embedded store"));
}

} // namespace

} // namespace lastseen::config
