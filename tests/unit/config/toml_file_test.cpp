#include "config/toml_file.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using testing::StartsWith;

std::string json_of(std::string_view text) {
  auto x = parse_toml(text, "c.toml");
  return x ? boost::json::serialize(*x) : x.error().what;
}

TEST(TomlFile, ReadsWhatJsonSays) {
  EXPECT_EQ(json_of(R"(# A comment.
[http_server]
port = 8000
[user_status]
enabled = false
timeout = "4s"
redis.address = ["a:1", 'b:2']
x = 1.5
)"),
            R"({"http_server":{"port":8000},"user_status":{"enabled":false,)"
            R"("redis":{"address":["a:1","b:2"]},"timeout":"4s","x":1.5E0}})");
  EXPECT_EQ(json_of(""), "{}");
}

TEST(TomlFile, SaysWhatIsWrongAndWhere) {
  for (auto [text, fault] :
       std::initializer_list<std::pair<const char*, const char*>>{
         {"a = 1\nb = ", "c.toml: line 2, column 5: no valid TOML ("},
         {"a = 1\na = 2", "c.toml: line 2, column 5: no valid TOML ("},
         {"[x]\n[x]", "c.toml: line 2, column 1: no valid TOML ("},
         {"{}", "c.toml: line 1, column 1: no valid TOML ("},
         {"a = 1\n[b]\nc = 1979-05-27",
          "c.toml: line 3, column 5: a date or time"}}) {
    auto x = parse_toml(text, "c.toml");
    ASSERT_FALSE(x) << text;
    EXPECT_EQ(x.error().code, ec::bad_config);
    EXPECT_THAT(x.error().what, StartsWith(fault)) << text;
  }
}

TEST(TomlFile, IsBounded) {
  EXPECT_FALSE(parse_toml("a = " + std::string(10'000, '['), "c.toml"));
}

} // namespace

} // namespace lastseen::config
