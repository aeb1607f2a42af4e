#include "config/command_line.hpp"
#include "config/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace lastseen::config {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using arguments = std::vector<std::string>;

command_line parsed(const arguments& from) {
  auto x = parse_command_line(from);
  if (!x) {
    ADD_FAILURE() << x.error().what;
    return {};
  }
  return *x;
}

std::string fault_of(const arguments& from) {
  auto x = parse_command_line(from);
  if (x)
    return "parsed";
  EXPECT_EQ(x.error().code, ec::bad_config);
  EXPECT_THAT(x.error().what, Not(HasSubstr("\n")));
  return x.error().what;
}

TEST(CommandLine, SuggestsACommand) {
  EXPECT_EQ(fault_of({"chekconfig"}),
            "\"chekconfig\": no such command; did you mean checkconfig?");
  EXPECT_EQ(fault_of({"x"}), "\"x\": no such command; see --help");
  for (const auto& x : commands()) {
    EXPECT_TRUE(is_command(x.name));
    EXPECT_THAT(help_text(), HasSubstr("  " + std::string{x.name} + " "));
  }
  EXPECT_FALSE(is_command("--help"));
  EXPECT_FALSE(is_command(""));
}

TEST(CommandLine, MayBeEmpty) {
  auto x = parsed({});
  EXPECT_EQ(x.print, "");
  EXPECT_EQ(x.path, "config.json");
  EXPECT_FALSE(x.path_given);
  EXPECT_THAT(x.flags, IsEmpty());
}

TEST(CommandLine, NamesTheFile) {
  for (const auto& from :
       {arguments{"-c", "x.json"}, arguments{"-cx.json"},
        arguments{"--config", "x.json"}, arguments{"--config=x.json"}}) {
    auto x = parsed(from);
    EXPECT_EQ(x.path, "x.json");
    EXPECT_TRUE(x.path_given);
  }
  EXPECT_TRUE(parsed({"-c", "config.json"}).path_given);
}

TEST(CommandLine, HasShortFlags) {
  EXPECT_THAT(parsed({"-a", "::1", "-p", "80"}).flags,
              ElementsAre(Pair("http_server.address", "::1"),
                          Pair("http_server.port", "80")));
  EXPECT_THAT(parsed({"--http_server.port=80"}).flags,
              ElementsAre(Pair("http_server.port", "80")));
}

TEST(CommandLine, HasAFlagForEveryKeyThatIsNoSecret) {
  for (const auto& f : fields()) {
    auto name = "--" + std::string{f.key};
    for (const auto& from : {arguments{name, "x"}, arguments{name + "=x"}}) {
      if (f.secret) {
        EXPECT_THAT(fault_of(from), HasSubstr(env_name(f.key)));
      } else {
        EXPECT_THAT(parsed(from).flags, ElementsAre(Pair(f.key, "x")));
      }
    }
  }
}

TEST(CommandLine, TakesABooleanWithoutValue) {
  for (const auto& from :
       {arguments{"--client.insecure"}, arguments{"--client.insecure", "true"},
        arguments{"--client.insecure=true"},
        arguments{"--client.insecure", "--"}})
    EXPECT_THAT(parsed(from).flags,
                ElementsAre(Pair("client.insecure", "true")));
  EXPECT_THAT(parsed({"--client.insecure=false"}).flags,
              ElementsAre(Pair("client.insecure", "false")));
  // An unset variable in a script must not switch it on.
  for (const auto& from :
       {arguments{"--client.insecure", ""}, arguments{"--client.insecure="}})
    EXPECT_THAT(parsed(from).flags, ElementsAre(Pair("client.insecure", "")));
  EXPECT_THAT(parsed({"--client.insecure", "-p", "80"}).flags,
              ElementsAre(Pair("http_server.port", "80"),
                          Pair("client.insecure", "true")));
}

TEST(CommandLine, HasFlagsOfCentrifugoThatMeanNothingHere) {
  EXPECT_THAT(
    parsed(
      {"--engine.type", "redis", "--admin.enabled", "--debug.enabled=false"})
      .flags,
    ElementsAre(Pair("admin.enabled", "true"), Pair("debug.enabled", "false")));
}

TEST(CommandLine, TakesListsRepeatedOrInOneValue) {
  for (const auto& from : {arguments{"--client.allowed_origins", "a",
                                     "--client.allowed_origins", "b"},
                           arguments{"--client.allowed_origins", "a b"}})
    EXPECT_THAT(parsed(from).flags,
                ElementsAre(Pair("client.allowed_origins", "a b")));
}

TEST(CommandLine, LeavesValuesAsTheyAre) {
  for (auto value : {"[a-z]", "[a,b]", "{a}", "a=b", "\"a\"", "'a'", "a,b",
                     "%%", "%{x}", " a ", "a\\nb", "true"})
    EXPECT_THAT(parsed({"--user_status.state_regex", value}).flags,
                ElementsAre(Pair("user_status.state_regex", value)));
  EXPECT_THAT(parsed({"--user_status.state_regex=[a-z]"}).flags,
              ElementsAre(Pair("user_status.state_regex", "[a-z]")));
  EXPECT_THAT(parsed({"--user_status.state_regex="}).flags,
              ElementsAre(Pair("user_status.state_regex", "")));
  EXPECT_THAT(parsed({"--user_status.state_regex", ""}).flags,
              ElementsAre(Pair("user_status.state_regex", "")));
  EXPECT_THAT(parsed({"--client.allowed_origins", "[a,b]"}).flags,
              ElementsAre(Pair("client.allowed_origins", "[a,b]")));
  EXPECT_THAT(parsed({"--user_status.redis.address", "[::1]:6379"}).flags,
              ElementsAre(Pair("user_status.redis.address", "[::1]:6379")));
}

TEST(CommandLine, NamesTheWrongArgument) {
  EXPECT_EQ(fault_of({"--log.levl", "info"}),
            "\"--log.levl\": no such flag; did you mean --log.level?");
  EXPECT_EQ(fault_of({"--nothing-like-it=1"}),
            "\"--nothing-like-it\": no such flag; see --help");
  EXPECT_EQ(fault_of({"-x"}), "\"-x\": no such flag; see --help");
  EXPECT_EQ(fault_of({"serve"}), "\"serve\": no such command; see --help");
  EXPECT_EQ(fault_of({""}), "\"\": no such command; see --help");
  EXPECT_EQ(fault_of({"--log.level"}),
            "--log.level: 1 required value missing; see --help");
  EXPECT_THAT(fault_of({"-c"}), HasSubstr("--config"));
  EXPECT_THAT(fault_of({"-p", "1", "-p", "2"}),
              HasSubstr("--http_server.port"));
  EXPECT_THAT(fault_of({"-c", "a", "-c", "b"}), HasSubstr("--config"));
  EXPECT_THAT(fault_of({"--a\nb"}), HasSubstr("no such flag"));
}

TEST(CommandLine, NeverShowsASecret) {
  for (const auto& from :
       {arguments{"--http_api.key", "hush"}, arguments{"--http_api.key=hush"},
        arguments{"--http_api.keyy=hush"}, arguments{"--http_api.keyy", "hush"},
        arguments{"--client.token.hmac_secret_key=hush"},
        arguments{"-p", "1", "--user_status.redis.password", "hush"},
        arguments{"--user_status.redis.pasword=hush"},
        arguments{"--help", "--http_api.key=hush"}})
    EXPECT_THAT(fault_of(from), Not(HasSubstr("hush")));
}

TEST(CommandLine, PrintsTheVersion) {
  auto text = parsed({"--version"}).print;
  EXPECT_THAT(text, testing::MatchesRegex("lastseen [0-9]+.[0-9]+.[0-9]+\n"));
}

TEST(CommandLine, PrintsTheHelp) {
  EXPECT_EQ(parsed({"--help"}).print, help_text());
  EXPECT_EQ(parsed({"-h"}).print, help_text());
  EXPECT_EQ(parsed({"--version", "-h", "-p", "1"}).print, help_text());
}

TEST(CommandLine, HelpNamesEveryKeyInNarrowLines) {
  auto text = help_text();
  for (const auto& f : fields())
    EXPECT_THAT(text, HasSubstr(f.secret ? env_name(f.key)
                                         : "--" + std::string{f.key} + ' '));
  EXPECT_THAT(text, HasSubstr("Exit codes, of commands too: 0 when "));
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

} // namespace

} // namespace lastseen::config
