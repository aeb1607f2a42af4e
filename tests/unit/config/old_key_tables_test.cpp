#include "config/assign.hpp"
#include "config/fields.hpp"
#include "config/known_keys.hpp"
#include "config/old_key_tables.hpp"
#include "tests/unit/config/load_fixture.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

// Each old key, one after the other.

namespace lastseen::config {

namespace {

namespace json = boost::json;

using testing::Contains;

class OldKeyTables : public Load {
protected:
  // A certificate needs its key, TLS both.
  static environment_map rest_of_tls(std::string_view key) {
    environment_map out;
    auto tls = key.find("tls.");
    if (tls == key.npos)
      return out;
    for (auto name : {"tls.cert_pem", "tls.key_pem"})
      if (auto other = std::string{key.substr(0, tls)} + name; other != key)
        out.emplace(env_name(other), "x");
    return out;
  }

  // Loads a file with one old key, and checks that the new one has its value.
  void expect_renamed(const json::object& file, const std::string& old,
                      const field& now, const json::value& value,
                      environment_map environment = {}) {
    environment.merge(rest_of_tls(now.key));
    auto x = good(json::serialize(file).c_str(), std::move(environment));
    settings expected;
    ASSERT_TRUE(assign(expected, now, value)) << old;
    std::visit([&](auto at) { EXPECT_EQ(at(x.settings), at(expected)) << old; },
               now.at);
    EXPECT_THAT(x.warnings, Contains(file_ + ": " + old + ": is now called "
                                     + std::string{now.key}));
  }
};

// What the key may be, and is not by default.
json::value another(const field& f) {
  settings defaults;
  for (const auto& x :
       std::initializer_list<json::value>{true, 8765, "20s", "/x", "127.0.0.2",
                                          "debug", "transport", "https://x/"}) {
    settings with;
    if (assign(with, f, x) && is_allowed(f, with)
        && std::visit([&](auto at) { return at(with) != at(defaults); }, f.at))
      return x;
  }
  ADD_FAILURE() << "no value for " << f.key;
  return nullptr;
}

TEST_F(OldKeyTables, SetTheKeysOfToday) {
  for (auto [old, now] : old_flat_keys) {
    if (is_group(now))
      continue;
    auto f = find_field(now);
    ASSERT_TRUE(f) << now;
    auto value = another(*f);
    expect_renamed({{old, value}}, std::string{old}, *f, value);
  }
}

TEST_F(OldKeyTables, SetAGroupOfToday) {
  auto x = good(R"({"internal_tls": {"enabled": true}})",
                rest_of_tls("http_server.internal_tls.enabled"));
  EXPECT_TRUE(x.settings.http_server.internal_tls.enabled);
  EXPECT_EQ(std::ranges::count_if(old_flat_keys,
                                  [](auto& y) { return is_group(y.now); }),
            1);
}

TEST_F(OldKeyTables, SwitchGroupsOn) {
  for (auto name : old_switches) {
    auto f = find_field(std::string{name} + ".enabled");
    ASSERT_TRUE(f) << name;
    expect_renamed({{name, true}}, std::string{name}, *f, true,
                   {{"LASTSEEN_GRPC_API_ADDRESS", "127.0.0.1"}});
  }
}

TEST_F(OldKeyTables, EncryptConnectionsToRedis) {
  for (auto [old, now] : old_tls_keys) {
    for (std::string of : {"", "sentinel_"}) {
      auto target = "user_status.redis." + of + std::string{now};
      auto f = find_field(target);
      if (f == nullptr) {
        EXPECT_FALSE(find(ignored_keys(), target).empty()) << target;
        continue;
      }
      auto name = "redis_" + of + std::string{old};
      auto value = another(*f);
      expect_renamed({{"redis_active_status", {{name, value}}}},
                     "redis_active_status." + name, *f, value);
    }
  }
}

TEST_F(OldKeyTables, HaveNoKeyThatIsLeftOut) {
  auto x = good(R"({"client_insecure_skip_token_signature_verify": true})");
  EXPECT_THAT(x.warnings,
              Contains(testing::HasSubstr(
                "unknown key \"client_insecure_skip_token_signature_verify\", "
                "ignored")));
}

} // namespace

} // namespace lastseen::config
