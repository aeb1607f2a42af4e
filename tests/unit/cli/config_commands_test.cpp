#include "config/load.hpp"
#include "tests/unit/cli/console_fixture.hpp"

#include <boost/json/parse.hpp>

namespace lastseen::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(Console, GeneratesAConfigurationThatIsGood) {
  for (auto name : {"a.json", "a.yaml", "a.yml", "a.toml"}) {
    auto where = path(name);
    EXPECT_EQ(run({"genconfig", "-c", where}).out, where + ": written\n");
    auto loaded = config::load(
      {.path = where, .path_given = true, .environment = {}, .flags = {}});
    ASSERT_TRUE(loaded) << loaded.error().what;
    EXPECT_TRUE(loaded->warnings.empty()) << name << loaded->warnings[0];
    EXPECT_EQ(loaded->settings.http_api.key.size(), 64u);
    EXPECT_EQ(loaded->settings.client.token.hmac_secret_key.size(), 64u);
    EXPECT_NE(loaded->settings.http_api.key,
              loaded->settings.client.token.hmac_secret_key);
    auto mode = std::filesystem::status(where).permissions();
    EXPECT_EQ(static_cast<unsigned>(mode), 0600u);
  }
}

TEST_F(Console, ChecksTheFileOfVariablesToo) {
  auto where = file("a.json", "{}");
  auto env = file(".env", "LASTSEEN_HTTP_API_KEY=k\n"
                          "LASTSEEN_CLIENT_TOKEN_HMAC_SECRET_KEY=s\n");
  EXPECT_EQ(run({"checkconfig", "-c", where, "--strict"}).code, 0);
  file(".env", "\nLASTSEEN_LOG_LEVEL=x\n");
  EXPECT_THAT(run({"checkconfig", "-c", where}).err,
              StartsWith("lastseen: log.level = \"x\" (" + env
                         + ":2 LASTSEEN_LOG_LEVEL): must be `none`"));
}

TEST_F(Console, GeneratesNothingOverAnotherFile) {
  auto where = file("a.json", "{}");
  auto got = run({"genconfig", "-c", where});
  EXPECT_EQ(got.code, 1);
  EXPECT_EQ(got.err, "lastseen: " + where + ": File exists\n");
  EXPECT_EQ(std::filesystem::file_size(where), 2u);
}

struct checked {
  const char* name;
  const char* text;
  /// Of standard output or else of standard error; `%` is the file's path.
  const char* line;
  bool good = false;
};

TEST_F(Console, ChecksConfigurations) {
  constexpr auto keys = R"("http_api": {"key": "k"},
    "client": {"token": {"hmac_secret_key": "s"}})";
  auto with_keys = [&](const char* more) {
    return std::string{"{"} + keys + more + "}";
  };
  auto plain = with_keys("");
  auto shards = with_keys(R"(, "user_status": {"redis": {"address":
    ["10.0.0.5:6379", "10.0.0.6:6379"]}})");
  for (const auto& x : std::vector<checked>{
         {"a.json", plain.c_str(),
          "%: good; the store is embedded, \"lastseen.db\", because no Redis "
          "is set",
          true},
         {"b.json", shards.c_str(),
          "%: good; the store is Redis, 10.0.0.5:6379, 10.0.0.6:6379, because "
          "user_status.redis.address is set (file %)",
          true},
         {"c.yaml", "http_api: {key: k}\nclient: {insecure: true}\n",
          "warning: client.insecure = true (file %): clients connect without a "
          "token; for development only",
          true},
         {"d.json", R"({"log": {"level": "loud"}})",
          "lastseen: log.level = \"loud\" (file %): must be `none`, `trace`, "
          "`debug`, `info`, `warn` or `error`"},
         {"e.json", "{\"log\": {\n  \"level\" \"info\"}}",
          "lastseen: %: line 2, column 11: no valid JSON (syntax error)"},
         {"f.yaml", "http_server:\n  port: 70000\n",
          "lastseen: http_server.port = 70000 (file %): must be a whole number "
          "from 0 to 65535"},
         {"g.toml", "[user_status]\ntimeout = 4\n",
          "lastseen: user_status.timeout = 4 (file %): must be a duration such "
          "as `1h30m` or `250ms`, at least 1ms"},
         {"h.json", R"({"redis_active_status": {"expire_interval": "1 day"}})",
          "lastseen: user_status.expire_interval = \"1 day\" (file %, "
          "redis_active_status.expire_interval): must be a duration such as "
          "`1h30m` or `250ms`, at least 1s"},
         {"i.json", R"({"http_api": {"error_mode": "http"}})",
          "lastseen: http_api.error_mode = \"http\" (file %): must be "
          "`transport` or empty"},
         {"j.json", R"({"http_api": {"handler_prefix": "/api/"}})",
          "lastseen: http_api.handler_prefix = \"/api/\" (file %): must be a "
          "path such as `/api`, without `/` at the end"},
         {"k.json", R"({"client": {"ping_interval": "5s"}})",
          "lastseen: client.ping_interval = \"5s\" (file %): must be longer "
          "than client.pong_timeout = \"8s\" (default)"},
       }) {
    auto where = file(x.name, x.text);
    auto got = run({"checkconfig", "-c", where});
    EXPECT_EQ(got.code, x.good ? 0 : 1) << x.name;
    std::string line = x.line;
    for (auto at = line.find('%'); at != line.npos; at = line.find('%'))
      line.replace(at, 1, where);
    EXPECT_THAT(got.out + got.err, HasSubstr(line + "\n")) << x.name;
  }
}

TEST_F(Console, ChecksTheEnvironmentToo) {
  environment_ = {{"LASTSEEN_LOG_LEVEL", "loud"}};
  auto got = run({"checkconfig", "-c", file("a.json", "{}")});
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("(environment LASTSEEN_LOG_LEVEL)"));
}

TEST_F(Console, CountsWarningsAsErrorsWhenStrict) {
  auto where = file("a.json", R"({"client": {"insecure": true}})");
  EXPECT_EQ(run({"checkconfig", "-c", where}).code, 0);
  auto got = run({"checkconfig", "--strict", "-c", where});
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("lastseen: " + where + ": 2 warnings\n"));
  EXPECT_EQ(run({"checkconfig", "--strict", "-c", path("none.json")}).code, 1);
}

TEST_F(Console, PrintsDefaultsThatLoad) {
  auto got = run({"defaultconfig"});
  EXPECT_EQ(got.code, 0);
  EXPECT_THAT(got.out, StartsWith("{\n  \"http_server\": {\n"));
  EXPECT_NO_THROW(boost::json::parse(got.out));
  // The embedded store's path and keys of Redis exclude each other.
  EXPECT_THAT(run({"checkconfig", "-c", file("a.json", got.out)}).err,
              HasSubstr("contradict each other"));
  EXPECT_THAT(got.out, HasSubstr(R"("max_users_per_request": 10000)"));
  EXPECT_THAT(got.out, HasSubstr(R"("keys": [])"));
}

TEST_F(Console, PrintsTheDefaultEnvironment) {
  auto got = run({"defaultenv"});
  EXPECT_EQ(got.code, 0);
  EXPECT_THAT(got.out, HasSubstr("\nLASTSEEN_HTTP_API_KEY=\"\"\n"));
  EXPECT_THAT(got.out, HasSubstr("\nLASTSEEN_HTTP_SERVER_PORT=\"8000\"\n"));
  EXPECT_THAT(got.out, HasSubstr("\nLASTSEEN_CLIENT_ALLOWED_ORIGINS=\"\"\n"));
}

TEST_F(Console, SaysItsVersionAndExplainsItself) {
  EXPECT_THAT(run({"version"}).out, StartsWith("lastseen 0."));
  for (auto name : {"genconfig", "checkconfig", "defaultconfig", "defaultenv",
                    "gentoken", "checktoken", "status"}) {
    auto got = run({name, "--help"});
    EXPECT_EQ(got.code, 0) << name;
    EXPECT_THAT(got.out, HasSubstr(std::string{"lastseen "} + name)) << name;
    EXPECT_EQ(got.err, "") << name;
    auto wrong = run({name, "--nonsense"});
    EXPECT_EQ(wrong.code, 1) << name;
    EXPECT_THAT(wrong.err, HasSubstr("see --help\n")) << name;
  }
}

} // namespace
} // namespace lastseen::cli
