#include "config/yaml_file.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string json_of(std::string_view text) {
  auto x = parse_yaml(text, "c.yaml");
  return x ? boost::json::serialize(*x) : x.error().what;
}

std::string fault_of(std::string_view text) {
  auto x = parse_yaml(text, "c.yaml");
  if (x)
    return "parsed";
  EXPECT_EQ(x.error().code, ec::bad_config);
  return x.error().what;
}

TEST(YamlFile, ReadsWhatJsonSays) {
  EXPECT_EQ(json_of(R"(# A comment.
http_server:
  port: 8000
  address: '127.0.0.1'
client:
  allowed_origins:
    - https://example.com
    - "*"
  insecure: true
user_status: {enabled: false, timeout: 4s}
)"),
            R"({"http_server":{"port":8000,"address":"127.0.0.1"},)"
            R"("client":{"allowed_origins":["https://example.com","*"],)"
            R"("insecure":true},)"
            R"("user_status":{"enabled":false,"timeout":"4s"}})");
}

TEST(YamlFile, KnowsTheTypesOfScalars) {
  for (auto [yaml, json] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
         {"True", "true"},
         {"FALSE", "false"},
         {"yes", R"("yes")"},
         {"\"true\"", R"("true")"},
         {"'1'", R"("1")"},
         {"!!str 1", R"("1")"},
         {"-7", "-7"},
         {"9223372036854775807", "9223372036854775807"},
         {"1.5", "1.5E0"},
         {"1h30m", R"("1h30m")"},
         {"inf", R"("inf")"},
         {"1.2.3.4", R"("1.2.3.4")"},
         {"10.0.0.5:6379", R"("10.0.0.5:6379")"},
         {"~", "null"},
         {"null", "null"},
         {"", "null"},
         {"\"\"", R"("")"},
         {"*", "?"}}) {
    auto text = "x: " + std::string{yaml};
    if (json == "?")
      EXPECT_THAT(fault_of(text), HasSubstr("no valid YAML")) << yaml;
    else
      EXPECT_EQ(json_of(text), R"({"x":)" + std::string{json} + "}") << yaml;
  }
}

TEST(YamlFile, IsEmptyWithoutAValue) {
  for (auto text : {"", " \n", "# nothing\n", "---\n", "~"})
    EXPECT_EQ(json_of(text), "{}") << text;
}

TEST(YamlFile, FollowsAliases) {
  EXPECT_EQ(json_of("a: &x {p: 1}\nb: *x\n"), R"({"a":{"p":1},"b":{"p":1}})");
}

TEST(YamlFile, SaysWhatIsWrongAndWhere) {
  for (auto [text, fault] :
       std::initializer_list<std::pair<const char*, const char*>>{
         {"a: 1\nb: [1", "c.yaml: line 2, column 1: no valid YAML ("},
         {"a:\n\tb: 1", "c.yaml: line 2, column 3: no valid YAML ("},
         {"a: {b: 1, b: 2}", "c.yaml: line 1, column 11: the key \"b\" is "
                             "there twice"},
         {"a: 1\na: 2", "c.yaml: line 2, column 1: the key \"a\""},
         {"a:\n  ? [1]\n  : 2", "c.yaml: line 2, column 5: a key is not a "
                                "text"},
         {"- a", "c.yaml: must be one mapping"},
         {"word", "c.yaml: must be one mapping"},
         {"a: 1\n---\nb: 2", "c.yaml: must be one document"},
         {"a: *b", "c.yaml: line 1, column 4: no valid YAML ("}})
    EXPECT_THAT(fault_of(text), StartsWith(fault)) << text;
}

TEST(YamlFile, IsBounded) {
  auto deep = std::string(33, '[') + std::string(33, ']');
  EXPECT_THAT(fault_of("a: " + deep), HasSubstr("more than 32 levels deep"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    auto last = "*a" + std::to_string(i - 1) + " ";
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int n = 0; n < 9; ++n)
      bomb += "," + last;
    bomb += "]\n";
  }
  EXPECT_THAT(fault_of(bomb), HasSubstr("more than 100000 values"));
}

} // namespace

} // namespace lastseen::config
