#include "tests/unit/config/load_fixture.hpp"

namespace lastseen::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class LoadEnvFile : public Load {
protected:
  LoadEnvFile() {
    from_.env_file = path_;
  }

  void TearDown() override {
    Load::TearDown();
    std::remove(path_.c_str());
  }

  void env(const std::string& text) {
    std::ofstream{path_, std::ios::binary} << text;
  }

  std::string path_ =
    testing::TempDir() + "lastseen_load." + std::to_string(getpid()) + ".env";
};

TEST_F(LoadEnvFile, IsMissedWhenItWasThere) {
  env("LASTSEEN_LOG_LEVEL=warn\n");
  from_.expected = good(nullptr).files;
  EXPECT_EQ(from_.expected, std::vector{path_});
  std::remove(path_.c_str());
  EXPECT_EQ(fault_of(nullptr), path_ + ": no such file");
}

TEST_F(LoadEnvFile, IsBetweenTheFileAndTheEnvironment) {
  env("LASTSEEN_HTTP_SERVER_PORT=1\nLASTSEEN_GRPC_API_PORT=1\n"
      "LASTSEEN_LOG_LEVEL=warn\n");
  auto x = good(R"({"http_server": {"port": 2}, "grpc_api": {"port": 2}})",
                {{"LASTSEEN_GRPC_API_PORT", "3"}, {"LASTSEEN_LOG_LEVEL", ""}})
             .settings;
  EXPECT_EQ(x.http_server.port, 1);
  EXPECT_EQ(x.grpc_api.port, 3);
  EXPECT_EQ(x.log.level, "warn"); // an empty variable counts as unset
  EXPECT_EQ(
    good("{}", {}, {{"http_server.port", "4"}}).settings.http_server.port, 4);
}

TEST_F(LoadEnvFile, NamesTheLineOfABadValue) {
  env("A=b\nLASTSEEN_HTTP_SERVER_PORT=x\n");
  EXPECT_EQ(fault_of("{}"),
            "http_server.port = \"x\" (" + path_
              + ":2 LASTSEEN_HTTP_SERVER_PORT): must be a whole number from 0 "
                "to 65535");
  env("LASTSEEN_HTTP_API_KEY 'secret'");
  EXPECT_EQ(fault_of("{}"), path_ + ":1: must be NAME=value");
}

TEST_F(LoadEnvFile, WarnsOfALineThatIsNoVariable) {
  env("if true; then\nLASTSEEN_LOG_LEVEL=warn\n");
  auto x = good("{}");
  EXPECT_EQ(x.settings.log.level, "warn");
  EXPECT_THAT(x.warnings,
              Contains(path_ + ":1: passed over: must be NAME=value"));
}

TEST_F(LoadEnvFile, WarnsOfUnknownVariablesOfOurs) {
  env("OTHER=1\nLASTSEEN_LOG_LEVL=warn\nLASTSEEN_X=\n");
  auto warnings = good("{}").warnings;
  EXPECT_THAT(warnings,
              Contains(path_
                       + ":2: unknown variable \"LASTSEEN_LOG_LEVL\", "
                         "ignored; did you mean LASTSEEN_LOG_LEVEL?"));
  EXPECT_THAT(warnings, Not(Contains(HasSubstr("OTHER"))));
  EXPECT_THAT(warnings, Not(Contains(HasSubstr("LASTSEEN_X"))));
}

TEST_F(LoadEnvFile, ChoosesTheStoreLikeTheEnvironment) {
  env("LASTSEEN_USER_STATUS_REDIS_ADDRESS='10.0.0.1:6379 10.0.0.2:6379'");
  auto x = good("{}");
  EXPECT_EQ(x.settings.store, store_kind::redis);
  EXPECT_EQ(x.settings.user_status.redis.address.size(), 2U);
}

TEST_F(LoadEnvFile, MayBeAbsentButNotUnreadable) {
  EXPECT_THAT(good("{}").warnings, Not(Contains(HasSubstr(path_))));
  env(std::string(1024 * 1024 + 1, '\n'));
  EXPECT_EQ(fault_of("{}"), path_ + ": larger than 1 MiB");
}

// Python's virtual environments are called so, too.
TEST_F(LoadEnvFile, MayBeADirectory) {
  from_.env_file = testing::TempDir();
  EXPECT_THAT(
    good("{}").warnings,
    Contains(testing::TempDir() + ": is a directory, so it sets nothing"));
}

} // namespace
} // namespace lastseen::config
