#include "config/fields.hpp"
#include "tests/unit/config/load_fixture.hpp"

namespace lastseen::config {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LoadFaults : public Load {};

TEST_F(LoadFaults, NamesKeyValueOriginAndWhatIsAllowed) {
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

TEST_F(LoadFaults, RefusesAValueOfTheWrongType) {
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

TEST_F(LoadFaults, RefusesSecretsAsFlags) {
  for (const auto& f : fields()) {
    if (!f.secret)
      continue;
    EXPECT_THAT(fault_of("", {}, {{std::string{f.key}, "hush"}}),
                AllOf(HasSubstr(env_name(f.key)), Not(HasSubstr("hush"))));
  }
}

TEST_F(LoadFaults, WarnsOfALoginInAFlag) {
  auto x = good("", {}, {{"user_status.redis.address", "redis://:hush@h:1"}});
  EXPECT_THAT(x.warnings, Contains(HasSubstr("holds a login")));
  EXPECT_THAT(x.warnings, Each(Not(HasSubstr("hush"))));
  EXPECT_THAT(x.store_note, Not(HasSubstr("hush")));
}

TEST_F(LoadFaults, NeverShowsASecret) {
  for (
    auto text : {
      R"({"http_api": {"key": ["hush"]}})",
      R"({"http_api": {"key": "hush\u0000"}})",
      R"({"client": {"token": {"hmac_secret_key": {"hush": 1}}}})",
      R"({"client": {"token": "hush"}})",
      R"({"user_status": {"redis": {"password": ["hush"]}}})",
      R"({"user_status": {"redis": {"address": "redis://u:hush@h:0"}}})",
      R"({"user_status": {"redis": {"address": ["h:1", "u:hush@h:1"]}}})",
      R"({"user_status": {"redis": {"address": {"a": "u:hush@h:1"}}}})",
      R"({"user_status": {"redis": {"sentinel_master_name": "m",
              "sentinel_address": "redis://:hu,hush@h:1"}}})",
      R"({"user_status": {"redis": {"sentinel_master_name": "m",
              "sentinel_address": "redis://:hush,@h"}}})",
      R"({"user_status": {"redis": {"cluster_address": "redis://:hu,hush@h:1"}}})",
      R"({"user_status": {"redis": {"tls": {"key_pem": ["hush"]}}}})",
      R"({"user_status": {"redis": {"sentinel_password": ["hush"]}}})",
      R"({"user_status": {"redis": {"password": "hush", "db": -1}}})",
    }) {
    auto fault = fault_of(text);
    EXPECT_THAT(fault, AllOf(Not("loaded"), Not(HasSubstr("hush")))) << text;
  }
  for (const auto& variables :
       {environment_map{{"LASTSEEN_USER_STATUS_REDIS_ADDRESS", "u:hush@h:1"}},
        environment_map{{"LASTSEEN_USER_STATUS_REDIS_SENTINEL_PASSWORD",
                         std::string("hush\0", 5)}},
        environment_map{{"LASTSEEN_HTTP_API_KEY", std::string("hush\0", 5)}}})
    EXPECT_THAT(fault_of("", variables),
                AllOf(Not("loaded"), Not(HasSubstr("hush"))));
}

TEST_F(LoadFaults, RefusesHalfOfACertificate) {
  EXPECT_EQ(
    fault_of(R"({"user_status": {"redis": {"tls": {"cert_pem": "a.pem"}}}})"),
    "user_status.redis.tls.key_pem = \"\" (default): must be set, as the other "
    "of cert_pem and key_pem is");
}

TEST_F(LoadFaults, RefusesSentinelsWithoutAMaster) {
  EXPECT_EQ(
    fault_of(R"({"user_status": {"redis": {"sentinel_address": "a:1"}}})"),
    "user_status.redis.sentinel_address (" + file_
      + "): \"a:1\": sentinel_master_name must be set with sentinels");
}

TEST_F(LoadFaults, RefusesTheSameMasterTwice) {
  EXPECT_THAT(fault_of(R"({"user_status": {"redis": {
                "sentinel_master_name": "m",
                "sentinel_address": ["a:1,b:2", "a:1,b:2"]}}})"),
              HasSubstr("\"m@a:1,b:2\" is there twice"));
}

TEST_F(LoadFaults, RefusesTheSameClusterTwice) {
  EXPECT_THAT(fault_of(R"({"user_status": {"redis": {
                "cluster_address": ["a:1,b:2", "c:3,a:1"]}}})"),
              HasSubstr("\"a:1\" is there twice"));
}

TEST_F(LoadFaults, RefusesADatabaseOfACluster) {
  EXPECT_EQ(fault_of(R"({"user_status": {"redis": {"cluster_address": "a:1",
                                           "db": 1}}})"),
            "user_status.redis.cluster_address (" + file_
              + "): \"a:1\": the database (db) must be 0, since a Cluster has "
                "no other");
}

TEST_F(LoadFaults, WarnsOfAddressesThatAreNotUsed) {
  auto x = good(R"({"user_status": {"redis": {"address": "a:1",
    "sentinel_address": "b:1", "cluster_address": "c:1"}}})");
  for (auto key : {"address = [\"a:1\"]", "sentinel_address = [\"b:1\"]"})
    EXPECT_THAT(x.warnings,
                Contains(std::string{"user_status.redis."} + key + " (" + file_
                         + "): not used, since "
                           "user_status.redis.cluster_address is set"));
  EXPECT_THAT(x.store_note, HasSubstr("Redis, cluster c:1, because "
                                      "user_status.redis.cluster_address"));
}

TEST_F(LoadFaults, WarnsOfUncheckedCertificates) {
  auto x = good(R"({"user_status": {"redis": {"tls": {"enabled": true,
    "insecure_skip_verify": true}}}})");
  EXPECT_THAT(x.warnings, Contains(HasSubstr("insecure_skip_verify = true")));
}

// -- what comes later ---------------------------------------------------------

TEST_F(LoadFaults, RefusesReplicaClients) {
  for (auto text : {
         R"({"user_status": {"redis": {"replica_client": {"enabled": true}}}})",
         R"({"user_status": {"redis": {
              "address": "redis://a:1?replica_client_enabled=true"}}})",
       })
    EXPECT_THAT(fault_of(text), HasSubstr("not supported yet")) << text;
  EXPECT_THAT(
    fault_of("", {{"LASTSEEN_USER_STATUS_REDIS_REPLICA_CLIENT", "1"}}),
    HasSubstr("not supported yet"));
}

TEST_F(LoadFaults, AcceptsThemSwitchedOff) {
  auto x = good(R"({"user_status": {"redis": {"address": "a:1",
    "force_resp2": true, "cluster_address": [], "sentinel_address": "",
    "tls": {"enabled": false, "key_pem": ""},
    "replica_client": {"enabled": false}, "reuse_from_engine": false}}})",
                {{"LASTSEEN_USER_STATUS_REDIS_TLS_ENABLED", "false"},
                 {"LASTSEEN_USER_STATUS_REDIS_FORCE_RESP2", "true"}});
  EXPECT_THAT(x.warnings, Not(Contains(HasSubstr("unknown"))));
  EXPECT_THAT(x.settings.user_status.redis.address, ElementsAre("a:1"));
}

} // namespace

} // namespace lastseen::config
