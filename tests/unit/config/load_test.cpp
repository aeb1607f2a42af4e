#include "config/fields.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <unistd.h>

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

using environment_map = std::map<std::string, std::string>;
using flag_list = std::vector<std::pair<std::string, std::string>>;

class Load : public testing::Test {
protected:
  void TearDown() override {
    std::remove(from_.path.c_str());
  }

  // Without a text there is no file.
  result<loaded> loading(const char* text, environment_map environment = {},
                         flag_list flags = {}) {
    if (text)
      std::ofstream{from_.path, std::ios::binary} << text;
    from_.environment = std::move(environment);
    from_.flags = std::move(flags);
    return load(from_);
  }

  loaded good(const char* text, environment_map environment = {},
              flag_list flags = {}) {
    auto x = loading(text, std::move(environment), std::move(flags));
    if (!x) {
      ADD_FAILURE() << x.error().what;
      return {};
    }
    return *x;
  }

  std::string fault_of(const char* text, environment_map environment = {},
                       flag_list flags = {}) {
    auto x = loading(text, std::move(environment), std::move(flags));
    if (x)
      return "loaded";
    EXPECT_EQ(x.error().code, ec::bad_config);
    EXPECT_THAT(x.error().what, Not(HasSubstr("\n")));
    return x.error().what;
  }

  sources from_{.path = testing::TempDir() + "lastseen_load."
                        + std::to_string(getpid()) + ".json",
                .path_given = false,
                .environment = {},
                .flags = {}};
  std::string file_ = "file " + from_.path;
};

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
    variables[env_name(f.key)] = value;
  }
  variables["LASTSEEN_SERVER_THREADS"] = "9";
  variables["LASTSEEN_LOG_LEVEL"] = "warn";
  variables["LASTSEEN_LOG_FORMAT"] = "json";
  variables["LASTSEEN_HTTP_SERVER_ADDRESS"] = "::1";
  variables["LASTSEEN_CLIENT_PING_INTERVAL"] = "20s";
  variables.erase("LASTSEEN_USER_STATUS_EMBEDDED_PATH");
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
    "port": 1, "log": {"levl": "info"}, "log.level": "warn", "": 1,
    "http_server": {"a.b": 1}, "client": {"token": {"": 1}}})")
                    .warnings;
  for (auto text :
       {"unknown key \"user_staus\", ignored; did you mean user_status?",
        "unknown key \"admin\", ignored",
        "unknown key \"port\", ignored; did you mean http_server.port?",
        "unknown key \"log.levl\", ignored; did you mean log.level?",
        "unknown key \"log.level\", ignored; groups are nested objects",
        "unknown key \"http_server.a.b\", ignored; groups are nested",
        "unknown key \"\", ignored", "unknown key \"client.token.\", ignored"})
    EXPECT_THAT(warnings, Contains(HasSubstr(file_ + ": " + text)));
}

TEST_F(Load, WarnsOfAnUnknownKeyInOneLineWithoutItsValue) {
  auto warnings = good(R"({"a\nb": 1, "api_key": "hush"})").warnings;
  EXPECT_THAT(warnings, Contains(HasSubstr(R"(unknown key "a\x0ab")")));
  EXPECT_THAT(warnings, Contains(HasSubstr(R"(unknown key "api_key")")));
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

TEST_F(Load, RefusesAnUnknownFlag) {
  EXPECT_EQ(fault_of("", {}, {{"log.levl", "x"}}), "--log.levl: no such flag");
}

// -- what is wrong ------------------------------------------------------------

TEST_F(Load, NamesKeyValueOriginAndWhatIsAllowed) {
  EXPECT_EQ(fault_of(R"({"user_status": {"max_batch": 5000}})"),
            "user_status.max_batch = 5000 (" + file_
              + "): must be a whole number from 1 to 4096");
  EXPECT_EQ(fault_of("", {{"LASTSEEN_LOG_LEVEL", "loud"}}),
            "log.level = \"loud\" (environment LASTSEEN_LOG_LEVEL): must be "
            "`none`, `trace`, `debug`, `info`, `warn` or `error`");
  EXPECT_EQ(fault_of("", {}, {{"client.insecure", "yes"}}),
            "client.insecure = \"yes\" (flag --client.insecure): must be true "
            "or false");
}

struct file_case {
  const char* text;
  const char* fault;
};

TEST_F(Load, RefusesAValueOfTheWrongType) {
  for (auto [text, fault] : {
         file_case{R"({"user_status": null})", "user_status ("},
         {R"({"user_status": []})", "must be an object"},
         {R"({"user_status": {"redis": "a:1"}})", "user_status.redis ("},
         {R"({"user_status": {"enabled": null}})",
          "user_status.enabled = null ("},
         {R"({"user_status": {"enabled": "true"}})",
          "user_status.enabled = \"true\" ("},
         {R"({"user_status": {"enabled": {}}})", "enabled = an object ("},
         {R"({"user_status": {"timeout": 4}})", "user_status.timeout = 4 ("},
         {R"({"user_status": {"timeout": "4 s"}})", "timeout = \"4 s\" ("},
         {R"({"http_server": {"port": "8000"}})", "port = \"8000\" ("},
         {R"({"http_server": {"port": 80.5}})", "http_server.port = 8.05E1"},
         {R"({"client": {"allowed_origins": [1]}})",
          "allowed_origins = a list"},
         {R"({"user_status": {"redis": {"address": [null]}}})",
          "address = a list"},
         {R"({"user_status": {"redis": {"address": "nowhere"}}})",
          "\"nowhere\": the port is missing"},
         {R"({"user_status": {"state_regex": "["}})", "state_regex = \"[\""},
         {R"([])", "must be one JSON object"},
         {"{\"log\": {\"level\": \"info\", \"level\": \"warn\"}}",
          "the key \"level\" is there twice"},
         {"{\n  \"log\": }", "line 2, column 10"},
       })
    EXPECT_THAT(fault_of(text), HasSubstr(fault)) << text;
}

TEST_F(Load, RefusesOtherFormatsByTheirName) {
  for (auto ending : {".yaml", ".yml", ".toml"}) {
    from_.path =
      testing::TempDir() + "lastseen_load." + std::to_string(getpid()) + ending;
    EXPECT_THAT(fault_of("log:\n  level: info\n"),
                HasSubstr("only JSON files are supported yet"));
    std::remove(from_.path.c_str());
  }
}

TEST_F(Load, RefusesSecretsAsFlags) {
  for (const auto& f : fields()) {
    if (!f.secret)
      continue;
    EXPECT_THAT(fault_of("", {}, {{std::string{f.key}, "hush"}}),
                AllOf(HasSubstr(env_name(f.key)), Not(HasSubstr("hush"))));
  }
}

TEST_F(Load, WarnsOfALoginInAFlag) {
  auto x = good("", {}, {{"user_status.redis.address", "redis://:hush@h:1"}});
  EXPECT_THAT(x.warnings, Contains(HasSubstr("holds a login")));
  EXPECT_THAT(x.warnings, Each(Not(HasSubstr("hush"))));
  EXPECT_THAT(x.store_note, Not(HasSubstr("hush")));
}

TEST_F(Load, NeverShowsASecret) {
  for (auto text : {
         R"({"http_api": {"key": ["hush"]}})",
         R"({"http_api": {"key": "hush\u0000"}})",
         R"({"client": {"token": {"hmac_secret_key": {"hush": 1}}}})",
         R"({"client": {"token": "hush"}})",
         R"({"user_status": {"redis": {"password": ["hush"]}}})",
         R"({"user_status": {"redis": {"address": "redis://u:hush@h:0"}}})",
         R"({"user_status": {"redis": {"address": ["h:1", "u:hush@h:1"]}}})",
         R"({"user_status": {"redis": {"address": {"a": "u:hush@h:1"}}}})",
         R"({"user_status": {"redis": {"tls": {"key_pem": "hush"}}}})",
         R"({"user_status": {"redis": {"sentinel_password": "hush"}}})",
         R"({"user_status": {"redis": {"password": "hush", "db": -1}}})",
       }) {
    auto fault = fault_of(text);
    EXPECT_THAT(fault, AllOf(Not("loaded"), Not(HasSubstr("hush")))) << text;
  }
  for (const auto& variables :
       {environment_map{{"LASTSEEN_USER_STATUS_REDIS_ADDRESS", "u:hush@h:1"}},
        environment_map{
          {"LASTSEEN_USER_STATUS_REDIS_SENTINEL_PASSWORD", "hush"}},
        environment_map{{"LASTSEEN_HTTP_API_KEY", std::string("hush\0", 5)}}})
    EXPECT_THAT(fault_of("", variables),
                AllOf(Not("loaded"), Not(HasSubstr("hush"))));
}

// -- what comes later ---------------------------------------------------------

TEST_F(Load, RefusesOtherWaysToReachRedis) {
  for (auto text : {
         R"({"user_status": {"redis": {"cluster_address": ["a:1"]}}})",
         R"({"user_status": {"redis": {"sentinel_address": "a:1"}}})",
         R"({"user_status": {"redis": {"tls": {"enabled": true}}}})",
         R"({"user_status": {"redis": {"tls": {"server_name": "x"}}}})",
         R"({"user_status": {"redis": {"replica_client": {"enabled": true}}}})",
         R"({"user_status": {"redis": {"reuse_from_engine": true}}})",
         R"({"user_status": {"redis": {"wait_replicas": 1}}})",
         R"({"user_status": {"redis": {"address": "rediss://a:1"}}})",
       })
    EXPECT_THAT(fault_of(text), HasSubstr("not supported yet")) << text;
  for (auto name : {"CLUSTER_ADDRESS", "TLS_ENABLED", "SENTINEL_MASTER_NAME"})
    EXPECT_THAT(
      fault_of("", {{std::string{"LASTSEEN_USER_STATUS_REDIS_"} + name, "1"}}),
      HasSubstr("not supported yet"))
      << name;
}

TEST_F(Load, AcceptsThemSwitchedOff) {
  auto x = good(R"({"user_status": {"redis": {"address": "a:1",
    "force_resp2": true, "cluster_address": [], "sentinel_address": "",
    "tls": {"enabled": false, "key_pem": ""}, "wait_replicas": 0,
    "replica_client": {"enabled": false}, "reuse_from_engine": false}}})",
                {{"LASTSEEN_USER_STATUS_REDIS_TLS_ENABLED", "false"},
                 {"LASTSEEN_USER_STATUS_REDIS_FORCE_RESP2", "true"}});
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
  EXPECT_THAT(x.settings.user_status.redis.address, ElementsAre("a:1"));
}

// -- which store --------------------------------------------------------------

struct store_case {
  const char* text;
  store_kind store;
  std::string note;
};

TEST_F(Load, ChoosesTheStoreByWhichKeysAreGiven) {
  const std::string standard = "the store is Redis, 127.0.0.1:6379, because ";
  const std::string embedded = "the store is embedded, \"lastseen.db\", "
                               "because ";
  for (const auto& [text, store, note] : {
         store_case{"{}", store_kind::embedded, embedded + "no Redis is set"},
         {R"({"user_status": {"expire_interval": "24h"}})",
          store_kind::embedded, embedded + "no Redis is set"},
         {R"({"user_status": {"redis": {}}})", store_kind::embedded,
          embedded + "no Redis is set"},
         {R"({"user_status": {"enabled": true}})", store_kind::redis,
          standard + "user_status.enabled is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"prefix": "x"}}})", store_kind::redis,
          standard + "user_status.redis.prefix is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"force_resp2": true}}})",
          store_kind::redis,
          standard + "user_status.redis.force_resp2 is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"address": ""}}})", store_kind::redis,
          standard + "user_status.redis.address is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"address": [""]}}})", store_kind::redis,
          standard + "user_status.redis.address is set"},
         {R"({"user_status": {"redis": {"address": []}}})", store_kind::redis,
          standard + "user_status.redis.address is set"},
         {R"({"user_status": {"redis": {"db": 2,
              "address": ["redis://u:w@h/1", "unix:///r"]}}})",
          store_kind::redis,
          "the store is Redis, h:6379/1, /r/2, because "
          "user_status.redis.address is set"},
         {R"({"user_status": {"embedded": {"path": "x.db"}}})",
          store_kind::embedded,
          "the store is embedded, \"x.db\", because user_status.embedded.path "
          "is set ("
            + file_ + ")"},
         {R"({"user_status": {"enabled": true, "embedded": {"path": "x"}}})",
          store_kind::embedded,
          "the store is embedded, \"x\", because user_status.embedded.path"},
         {R"({"user_status": {"enabled": false}})", store_kind::embedded,
          embedded
            + "no Redis is set; it stays unused, user_status.enabled "
              "is false"},
         {R"({"user_status": {"enabled": false, "redis": {"db": 0}}})",
          store_kind::redis,
          standard + "user_status.redis.db is set (" + file_
            + "); it stays unused, user_status.enabled is false"},
       }) {
    auto x = good(text);
    EXPECT_EQ(x.settings.store, store) << text;
    EXPECT_THAT(x.store_note, StartsWith(note)) << text;
    EXPECT_EQ(x.settings.user_status.redis.address.empty(),
              store == store_kind::embedded)
      << text;
  }
}

TEST_F(Load, ChoosesTheStoreByEnvironmentAndFlagsToo) {
  EXPECT_EQ(good("", {{"LASTSEEN_USER_STATUS_ENABLED", "true"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(good("", {}, {{"user_status.enabled", "true"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(good("", {}, {{"user_status.redis.db", "1"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(
    good("", {{"LASTSEEN_USER_STATUS_EMBEDDED_PATH", "x"}}).settings.store,
    store_kind::embedded);
  EXPECT_EQ(good(R"({"user_status": {"enabled": true}})",
                 {{"LASTSEEN_USER_STATUS_ENABLED", "false"}})
              .settings.store,
            store_kind::embedded);
}

TEST_F(Load, RefusesTwoStores) {
  auto text = R"({"user_status": {"embedded": {"path": "x"}}})";
  EXPECT_EQ(fault_of(text, {{"LASTSEEN_USER_STATUS_REDIS_DB", "0"}}),
            "user_status.embedded.path (" + file_
              + ") and user_status.redis.db (environment "
                "LASTSEEN_USER_STATUS_REDIS_DB): contradict each other: must "
                "be only one of them, as there is one store");
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

} // namespace

} // namespace lastseen::config
