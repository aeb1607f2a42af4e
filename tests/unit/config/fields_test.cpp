#include "config/assign.hpp"
#include "config/fields.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <set>

namespace lastseen::config {

namespace {

const field& field_of(std::string_view key) {
  auto f = find_field(key);
  if (!f)
    throw std::logic_error("no such key: " + std::string{key});
  return *f;
}

TEST(Fields, HaveDistinctKeysVariablesAndPlaces) {
  std::set<std::string> seen;
  std::set<const void*> places;
  settings x;
  for (const auto& f : fields()) {
    EXPECT_TRUE(seen.insert(std::string{f.key}).second) << f.key;
    EXPECT_TRUE(seen.insert(env_name(f.key)).second) << f.key;
    auto address = std::visit(
      [&](auto at) { return static_cast<const void*>(&at(x)); }, f.at);
    EXPECT_TRUE(places.insert(address).second) << f.key;
  }
}

TEST(Fields, AllHaveADocThatEndsLikeASentence) {
  for (const auto& f : fields()) {
    EXPECT_FALSE(f.doc.empty()) << f.key;
    EXPECT_TRUE(f.doc.ends_with('.')) << f.key;
    EXPECT_TRUE(!f.valid || !f.rule.empty()) << f.key;
  }
}

TEST(Fields, DefaultsAreAllowedAndReadBack) {
  settings defaults;
  for (const auto& f : fields()) {
    EXPECT_TRUE(is_allowed(f, defaults)) << f.key;
    settings x;
    boost::system::error_code fault;
    auto value = boost::json::parse(shown(f, defaults), fault);
    ASSERT_FALSE(fault) << f.key;
    EXPECT_TRUE(assign(x, f, value)) << f.key;
    EXPECT_EQ(shown(f, x), shown(f, defaults)) << f.key;
  }
}

TEST(Fields, AreFoundByTheirWholeKeyOnly) {
  EXPECT_NE(find_field("user_status.redis.address"), nullptr);
  for (auto key : {"", "user_status", "user_status.redis", "address",
                   "User_Status.enabled", "user_status.enabled ", "store"})
    EXPECT_EQ(find_field(key), nullptr) << key;
}

TEST(Fields, NameTheirVariables) {
  EXPECT_EQ(env_name("user_status.redis.io_timeout"),
            "LASTSEEN_USER_STATUS_REDIS_IO_TIMEOUT");
}

TEST(Fields, SayWhatIsAllowed) {
  EXPECT_EQ(allowed(field_of("client.insecure")), "true or false");
  EXPECT_EQ(allowed(field_of("user_status.max_batch")),
            "a whole number from 1 to 4096");
  EXPECT_EQ(allowed(field_of("user_status.timeout")),
            "a duration such as `1h30m` or `250ms`, at least 1ms");
  EXPECT_EQ(allowed(field_of("user_status.flush_interval")),
            "a duration such as `1h30m` or `250ms`, at least 1ms, or `0`");
  EXPECT_EQ(allowed(field_of("log.format")), "`text` or `json`");
  EXPECT_EQ(allowed(field_of("http_api.key")), "a string");
}

TEST(Fields, KeepSecretsApart) {
  std::set<std::string_view> secrets;
  for (const auto& f : fields())
    if (f.secret)
      secrets.insert(f.key);
  EXPECT_EQ(
    secrets,
    (std::set<std::string_view>{
      "http_server.tls.key_pem", "http_server.internal_tls.key_pem",
      "http_api.key", "http_api.keys", "grpc_api.key", "grpc_api.keys",
      "grpc_api.tls.key_pem", "client.token.hmac_secret_key",
      "client.token.hmac_previous_secret_key", "user_status.redis.password",
      "user_status.redis.sentinel_password",
      "user_status.redis.sentinel_tls.key_pem",
      "user_status.redis.tls.key_pem"}));
}

} // namespace

} // namespace lastseen::config
