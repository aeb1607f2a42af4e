#include "config/assign.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using namespace std::chrono_literals;

const field& field_of(std::string_view key) {
  auto f = find_field(key);
  if (!f)
    throw std::logic_error("no such key: " + std::string{key});
  return *f;
}

struct text_case {
  const char* key;
  const char* text;
  bool allowed;
};

TEST(Assign, ReadsTextByTheTypeOfTheKey) {
  for (auto [key, text, good] : {
         text_case{"client.insecure", "true", true},
         {"client.insecure", "1", true},
         {"client.insecure", "t", true},
         {"client.insecure", "T", true},
         {"client.insecure", "TRUE", true},
         {"client.insecure", "True", true},
         {"client.insecure", "False", true},
         {"client.insecure", "tRUE", false},
         {"client.insecure", "yes", false},
         {"client.insecure", "on", false},
         {"client.insecure", "", false},
         {"client.insecure", " true", false},
         {"http_server.port", "0", true},
         {"http_server.port", "65535", true},
         {"http_server.port", "65536", false},
         {"http_server.port", "-1", false},
         {"http_server.port", "+1", false},
         {"http_server.port", "80 ", false},
         {"http_server.port", "0x50", false},
         {"http_server.port", "8e3", false},
         {"http_server.port", "99999999999999999999999", false},
         {"user_status.max_batch", "0", false},
         {"user_status.max_batch", "1", true},
         {"user_status.max_batch", "4096", true},
         {"user_status.max_batch", "4097", false},
         {"user_status.redis.db", "2147483647", true},
         {"user_status.redis.db", "2147483648", false},
         {"server.threads", "0", true},
         {"server.threads", "1025", false},
         {"user_status.timeout", "1ms", true},
         {"user_status.timeout", "0", false},
         {"user_status.timeout", "0s", false},
         {"user_status.timeout", "-1s", false},
         {"user_status.timeout", "4", false},
         {"user_status.flush_interval", "0", true},
         {"user_status.debounce_interval", "0s", true},
         {"user_status.online_interval", "0", true},
         {"user_status.delete_guard", "999ms", false},
         {"user_status.delete_guard", "1s", true},
         {"user_status.expire_interval", "0", false},
         {"client.ping_interval", "0", false},
         {"http_server.address", "", true},
         {"http_server.address", "0.0.0.0", true},
         {"http_server.address", "::", true},
         {"http_server.address", "fe80::1", true},
         {"http_server.address", "localhost", true},
         {"http_server.address", "[::1]", false},
         {"http_server.address", "127.0.0.1:80", false},
         {"http_server.address", "127.0.0", false},
         {"http_server.address", "example.com", false},
         {"log.level", "none", true},
         {"log.level", "warn", true},
         {"log.level", "warning", false},
         {"log.level", "INFO", false},
         {"log.level", "", false},
         {"log.format", "json", true},
         {"log.format", "xml", false},
         {"user_status.redis.prefix", "", false},
         {"user_status.redis.prefix", "a b", true},
         {"user_status.redis.prefix", "a\nb", false},
         {"user_status.redis.client_name", "", true},
         {"user_status.redis.client_name", "a-1", true},
         {"user_status.redis.client_name", "a b", false},
         {"user_status.redis.client_name", "\xc3\xa4", false},
         {"user_status.embedded.path", ":memory:", true},
         {"user_status.embedded.path", "", false},
       }) {
    settings x;
    EXPECT_EQ(assign(x, field_of(key), std::string_view{text}), good)
      << key << ' ' << text;
  }
}

TEST(Assign, ReadsJsonByTheTypeOfTheKey) {
  for (auto [key, text, good] : {
         text_case{"client.insecure", "true", true},
         {"client.insecure", "\"true\"", false},
         {"client.insecure", "1", false},
         {"client.insecure", "null", false},
         {"http_server.port", "8000", true},
         {"http_server.port", "65536", false},
         {"http_server.port", "-1", false},
         {"http_server.port", "8000.0", false},
         {"http_server.port", "8e3", false},
         {"http_server.port", "18446744073709551615", false},
         {"http_server.port", "1e400", false},
         {"http_server.internal_port", "\"8000\"", true},
         {"http_server.internal_port", "\"\"", true},
         {"http_server.internal_port", "\"80a\"", false},
         {"http_server.max_body_size", "\"8000\"", false},
         {"http_server.port", "null", false},
         {"http_server.port", "[8000]", false},
         {"http_server.max_body_size", "1073741824", true},
         {"http_server.max_body_size", "1073741825", false},
         {"http_server.max_body_size", "-9223372036854775808", false},
         {"user_status.timeout", "\"4s\"", true},
         {"user_status.timeout", "4", false},
         {"user_status.timeout", "\"4\"", false},
         {"user_status.timeout", "null", false},
         {"user_status.flush_interval", "\"0\"", true},
         {"user_status.flush_interval", "0", false},
         {"log.level", "\"info\"", true},
         {"log.level", "true", false},
         {"log.level", "{}", false},
         {"log.level", "null", false},
         {"http_api.key", "12345", false},
         {"http_api.key", "\"a\\u0000b\"", false},
         {"client.allowed_origins", "[]", true},
         {"client.allowed_origins", "\"*\"", true},
         {"client.allowed_origins", "[\"a\", \"b\"]", true},
         {"client.allowed_origins", "[\"a\", 1]", false},
         {"client.allowed_origins", "[\"\"]", false},
         {"client.allowed_origins", "[[\"a\"]]", false},
         {"client.allowed_origins", "[null]", false},
         {"client.allowed_origins", "null", false},
         {"client.allowed_origins", "{}", false},
       }) {
    settings x;
    auto value = boost::json::parse(text);
    EXPECT_EQ(assign(x, field_of(key), value), good) << key << ' ' << text;
  }
}

TEST(Assign, ChangesNothingWhenRefused) {
  settings x;
  EXPECT_FALSE(
    assign(x, field_of("http_server.port"), std::string_view{"70000"}));
  EXPECT_EQ(x.http_server.port, 8000);
  EXPECT_FALSE(assign(x, field_of("client.allowed_origins"),
                      boost::json::parse(R"(["a", 1])")));
  EXPECT_TRUE(x.client.allowed_origins.empty());
}

TEST(Assign, StoresTheValue) {
  settings x;
  using strings = std::vector<std::string>;
  EXPECT_TRUE(
    assign(x, field_of("user_status.timeout"), std::string_view{"1m"}));
  EXPECT_EQ(x.user_status.timeout, 1min);
  EXPECT_TRUE(
    assign(x, field_of("client.allowed_origins"), std::string_view{" a  b "}));
  EXPECT_EQ(x.client.allowed_origins, (strings{"a", "b"}));
  EXPECT_TRUE(assign(x, field_of("client.allowed_origins"),
                     boost::json::parse("\"a b\"")));
  EXPECT_EQ(x.client.allowed_origins, (strings{"a b"}));
  EXPECT_TRUE(assign(x, field_of("user_status.redis.address"),
                     boost::json::parse("\"\"")));
  EXPECT_TRUE(x.user_status.redis.address.empty());
}

TEST(Shown, HidesSecrets) {
  EXPECT_EQ(shown(field_of("http_api.key"), std::string_view{"hush"}),
            "<hidden>");
  EXPECT_EQ(shown(field_of("http_api.key"), boost::json::value(7)), "<hidden>");
  EXPECT_EQ(shown(field_of("http_api.key"), std::string_view{}), "\"\"");
  settings x;
  x.user_status.redis.password = "hush";
  x.user_status.redis.address = {"redis://u:hush@a:1", "b:2"};
  EXPECT_EQ(shown(field_of("user_status.redis.password"), x), "<hidden>");
  EXPECT_EQ(shown(field_of("user_status.redis.address"), x),
            R"(["redis://a:1", "b:2"])");
  x.user_status.redis.previous_address = {"redis://u:hush@a:1"};
  EXPECT_EQ(shown(field_of("user_status.redis.previous_address"), x),
            R"(["redis://a:1"])");
}

} // namespace

} // namespace lastseen::config
