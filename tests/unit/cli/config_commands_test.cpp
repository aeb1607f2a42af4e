#include "config/fields.hpp"
#include "config/load.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/cli/console_fixture.hpp"

#include <boost/json/parse.hpp>

namespace lastseen::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
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
         {"l.json", "{\"log\": {\"level\": \"info\"}",
          "lastseen: %: line 1, column 26: the text ends too early"},
         {"m.yaml", "log:\n  level: info\n level: warn\n",
          "lastseen: %: line 3, column 2: no valid YAML (end of map not "
          "found)"},
         {"n.yaml", "- a\n- b\n", "lastseen: %: must be one mapping"},
         {"o.toml", "[log]\nlevel = info\"\n",
          "lastseen: %: line 2, column 12: no valid TOML (Error while parsing "
          "floating-point: expected value-terminator, saw 'o')"},
         {"p.json",
          R"({"user_status": {"redis": {"sentinel_address": "a:26379"}}})",
          "lastseen: user_status.redis.sentinel_address (file %): \"a:26379\": "
          "sentinel_master_name must be set with sentinels"},
         {"q.json", R"({"user_status": {"redis": {"address": "a:1"},
            "embedded": {"path": "a.db"}}})",
          "lastseen: user_status.embedded.path (file %) and "
          "user_status.redis.address (file %): contradict each other: must be "
          "only one of them, as there is one store"},
         {"r.json", R"({"user_status": {"redis": {"address": "redis"}}})",
          "lastseen: user_status.redis.address (file %): \"redis\": the port "
          "is missing: must be host:port or a URL"},
         {"s.json", R"({"user_status": {"redis": {"address": "a:70000"}}})",
          "lastseen: user_status.redis.address (file %): \"a:70000\": the port "
          "must be a number from 1 to 65535"},
         {"t.json", R"({"http_server": {"address": "example.com"}})",
          "lastseen: http_server.address = \"example.com\" (file %): must be "
          "an IP address, `localhost`, or empty"},
         {"u.json", R"({"grpc_api": {"enabled": true}})",
          "lastseen: grpc_api.key = \"\" (default): must be set, since "
          "grpc_api.address = \"\" (default) can be reached from other "
          "machines; or else grpc_api.tls.client_ca_pem, or grpc_api.insecure"},
         {"v.json", R"({"client": {"ping_interval": "25"}})",
          "lastseen: client.ping_interval = \"25\" (file %): must be a "
          "duration such as `1h30m` or `250ms`, at least 1ms"},
         {"w.json", R"({"user_status": {"delete_guard": "-1s"}})",
          "lastseen: user_status.delete_guard = \"-1s\" (file %): must be a "
          "duration such as `1h30m` or `250ms`, at least 1s"},
         {"x.json", R"({"prometheus": {"enabled": true,
            "handler_prefix": "/api"}})",
          "lastseen: prometheus.handler_prefix = \"/api\" (file %): must be "
          "another path: `/api` is that of http_api.handler_prefix = \"/api\" "
          "(default)"},
         {"y.json", R"({"http_server": {"tls": {"enabled": true}}})",
          "lastseen: http_server.tls.cert_pem = \"\" (default): must be set, "
          "as http_server.tls.enabled = true (file %)"},
         {"z.json", R"({"http_server": {"tls": {"cert_pem": "a.pem"}}})",
          "lastseen: http_server.tls.key_pem = \"\" (default): must be set, as "
          "the other of cert_pem and key_pem is"},
         {"ka.json", R"({"client": {"token": {"rsa_public_key": "a.pem"}}})",
          "lastseen: client.token.rsa_public_key: must be an RSA public key of "
          "2048 to 8192 bits in PEM, which begins with `-----BEGIN PUBLIC "
          "KEY-----`"},
         {"kb.json", R"({"client": {"token": {"ecdsa_public_key": "a.pem"}}})",
          "lastseen: client.token.ecdsa_public_key: must be a public key on "
          "P-256, P-384 or P-521 in PEM, which begins with `-----BEGIN PUBLIC "
          "KEY-----`"},
         {"kc.json", R"({"client": {"token": {"eddsa_public_key": "a.pem"}}})",
          "lastseen: client.token.eddsa_public_key: must be an Ed25519 public "
          "key in PEM, which begins with `-----BEGIN PUBLIC KEY-----`"},
         {"kd.json", R"({"client": {"token": {"issuer_regex": "a("}}})",
          "lastseen: client.token.issuer_regex = \"a(\" (file %): must be a "
          "regular expression of RE2: \"missing ): a(\""},
       }) {
    auto where = file(x.name, x.text);
    auto got = run({"checkconfig", "-c", where});
    EXPECT_EQ(got.code, x.good ? 0 : 1) << x.name;
    std::string line = x.line;
    for (auto at = line.find('%'); at != line.npos; at = line.find('%'))
      line.replace(at, 1, where);
    if (x.good)
      EXPECT_THAT(got.out + got.err, HasSubstr(line + '\n')) << x.name;
    else
      EXPECT_EQ(got.out + got.err, line + '\n') << x.name;
  }
}

TEST_F(Console, ReadsWhatTheServiceReadsAtItsStart) {
  test::certificates made;
  auto missing = path("none.pem");
  auto no_pem = file("no.pem", "hello");
  for (const auto& [group, more] :
       std::vector<std::pair<std::string, std::map<std::string, std::string>>>{
         {"http_server.tls", {{"LASTSEEN_HTTP_SERVER_TLS_ENABLED", "true"}}},
         {"http_server.internal_tls",
          {{"LASTSEEN_HTTP_SERVER_INTERNAL_TLS_ENABLED", "true"},
           {"LASTSEEN_HTTP_SERVER_INTERNAL_PORT", "9000"}}},
         {"grpc_api.tls",
          {{"LASTSEEN_GRPC_API_ENABLED", "true"},
           {"LASTSEEN_GRPC_API_KEY", "k"},
           {"LASTSEEN_GRPC_API_TLS_ENABLED", "true"}}},
         {"user_status.redis.tls", {{"LASTSEEN_USER_STATUS_REDIS_DB", "1"}}},
         {"user_status.redis.sentinel_tls",
          {{"LASTSEEN_USER_STATUS_REDIS_DB", "1"}}},
       }) {
    auto cert = group + ".cert_pem";
    auto key = group + ".key_pem";
    auto authorities = group
                       + (group.starts_with("user_status") ? ".server_ca_pem"
                                                           : ".client_ca_pem");
    // Checks with one of them replaced.
    auto said = [&, &more = more](const std::string& wrong,
                                  const std::string& value) {
      environment_ = more;
      environment_[config::env_name(cert)] = made.path("server.pem");
      environment_[config::env_name(key)] = made.path("server.key");
      environment_[config::env_name(authorities)] = made.path("ca.pem");
      environment_[config::env_name(wrong)] = value;
      return run({"checkconfig", "-c", file("a.json", "{}")}).err;
    };
    EXPECT_THAT(said(cert, made.path("server.pem")), Not(HasSubstr("lastseen")))
      << group;
    for (const auto& x : {cert, key, authorities}) {
      EXPECT_EQ(said(x, missing), "lastseen: " + x + " = \"" + missing
                                    + "\": No such file or directory\n");
      EXPECT_THAT(said(x, no_pem),
                  MatchesRegex("lastseen: " + x + " = \"" + no_pem
                               + "\": OpenSSL cannot use it: [^\n]+\n"));
    }
    EXPECT_THAT(said(key, made.path("client.key")), HasSubstr("mismatch"));
  }
}

TEST_F(Console, ReadsNoCertificateThatIsNotUsed) {
  environment_ = {{"LASTSEEN_HTTP_SERVER_INTERNAL_TLS_ENABLED", "true"}};
  for (std::string group :
       {"HTTP_SERVER_TLS", "HTTP_SERVER_INTERNAL_TLS", "GRPC_API_TLS"}) {
    environment_["LASTSEEN_" + group + "_CERT_PEM"] = "none.pem";
    environment_["LASTSEEN_" + group + "_KEY_PEM"] = "none.pem";
  }
  EXPECT_EQ(run({"checkconfig", "-c", file("a.json", "{}")}).code, 0);
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
