#include "config/assign.hpp"
#include "tests/unit/config/load_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

// Every row of contract.md B.6.1: a key below `redis` of today and its flat
// names before version 6, in all the groups that had them.

namespace lastseen::config {

namespace {

using testing::HasSubstr;
using testing::Not;

struct row {
  /// Below `user_status.redis`.
  std::string now;
  /// In `redis_active_status` or `user_status`, or at the top of the file.
  std::vector<std::string> old;
  /// A value other than the default, in the file and as it is shown.
  std::string value;
  std::string shown = value;
};

const std::vector<row>& rows() {
  static const std::vector<row> all{
    {"address", {"redis_address"}, R"("a:1")", R"(["a:1"])"},
    {"address", {"redis_address"}, R"(["a:1","b:2"])", R"(["a:1", "b:2"])"},
    {"prefix", {"redis_prefix"}, R"("p")"},
    {"connect_timeout", {"redis_connect_timeout"}, R"("7s")"},
    {"io_timeout", {"redis_io_timeout"}, R"("9s")"},
    {"db", {"redis_db"}, "3"},
    {"user", {"redis_user"}, R"("u")"},
    {"password", {"redis_password"}, R"("p")", "<hidden>"},
    {"client_name", {"redis_client_name"}, R"("c")"},
    {"cluster_address",
     {"redis_cluster_address"},
     R"(["a:1,b:2"])",
     R"(["a:1,b:2"])"},
    {"sentinel_address",
     {"redis_sentinel_address"},
     R"(["a:1,b:2"])",
     R"(["a:1,b:2"])"},
    {"sentinel_master_name", {"redis_sentinel_master_name"}, R"("m")"},
    {"sentinel_user", {"redis_sentinel_user"}, R"("u")"},
    {"sentinel_password", {"redis_sentinel_password"}, R"("p")", "<hidden>"},
    {"sentinel_client_name", {"redis_sentinel_client_name"}, R"("c")"},
    {"tls.enabled", {"redis_tls"}, "true"},
    {"tls.cert_pem", {"redis_tls_cert", "redis_tls_cert_pem"}, R"("a.pem")"},
    {"tls.key_pem",
     {"redis_tls_key", "redis_tls_key_pem"},
     R"("a.key")",
     "<hidden>"},
    {"tls.server_ca_pem",
     {"redis_tls_root_ca", "redis_tls_root_ca_pem"},
     R"("ca.pem")"},
    {"tls.server_name", {"redis_tls_server_name"}, R"("n")"},
    {"tls.insecure_skip_verify",
     {"redis_tls_insecure_skip_verify", "redis_tls_skip_verify"},
     "true"},
    {"sentinel_tls.enabled", {"redis_sentinel_tls"}, "true"},
    {"sentinel_tls.cert_pem",
     {"redis_sentinel_tls_cert", "redis_sentinel_tls_cert_pem"},
     R"("a.pem")"},
    {"sentinel_tls.key_pem",
     {"redis_sentinel_tls_key", "redis_sentinel_tls_key_pem"},
     R"("a.key")",
     "<hidden>"},
    {"sentinel_tls.server_ca_pem",
     {"redis_sentinel_tls_root_ca", "redis_sentinel_tls_root_ca_pem"},
     R"("ca.pem")"},
    {"sentinel_tls.server_name", {"redis_sentinel_tls_server_name"}, R"("n")"},
    {"sentinel_tls.insecure_skip_verify",
     {"redis_sentinel_tls_insecure_skip_verify"},
     "true"},
  };
  return all;
}

class RedisKeys : public Load {
protected:
  /// The file with the value and what it needs besides.
  loaded load_with(const std::string& path, const row& x) {
    auto tree = boost::json::parse(needed_).as_object();
    auto* group = &tree;
    auto rest = std::string_view{path};
    for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
      auto& inner = (*group)[rest.substr(0, dot)];
      if (!inner.is_object())
        inner = boost::json::object{};
      group = &inner.as_object();
      rest.remove_prefix(dot + 1);
    }
    (*group)[rest] = boost::json::parse(x.value);
    return good(boost::json::serialize(tree).c_str());
  }

  /// What the key has, of all that was loaded.
  static std::string value_of(loaded& x, const row& of) {
    const auto* f = find_field("user_status.redis." + of.now);
    if (f == nullptr)
      return "no key";
    if (!f->secret)
      return shown(*f, x.settings);
    return std::get<std::string& (*)(settings&)>(f->at)(x.settings).empty()
             ? "empty"
             : "<hidden>";
  }

  // A master's name for sentinels, the other half of a certificate.
  std::string needed_;

  void need(const row& x) {
    needed_ = "{}";
    if (x.now == "sentinel_address")
      needed_ = R"({"user_status": {"redis": {"sentinel_master_name": "m"}}})";
    for (auto group : {"tls", "sentinel_tls"}) {
      auto is = [&](const char* name) {
        return x.now == std::string{group} + name;
      };
      auto other = is(".cert_pem")  ? "key_pem"
                   : is(".key_pem") ? "cert_pem"
                                    : nullptr;
      if (other != nullptr)
        needed_ = std::string{R"({"user_status": {"redis": {")"} + group
                  + R"(": {")" + other + R"(": "x"}}}})";
    }
  }
};

TEST_F(RedisKeys, AreReadByTheNamesOfToday) {
  for (const auto& x : rows()) {
    need(x);
    auto got = load_with("user_status.redis." + x.now, x);
    EXPECT_EQ(value_of(got, x), x.shown) << x.now;
    for (const auto& warning : got.warnings)
      EXPECT_THAT(warning, Not(HasSubstr("unknown"))) << x.now;
  }
}

TEST_F(RedisKeys, AreReadByTheirOldNames) {
  for (const auto& x : rows())
    for (const auto& name : x.old)
      for (auto group : {"user_status.", "redis_active_status."}) {
        need(x);
        auto path = group + name;
        auto got = load_with(path, x);
        EXPECT_EQ(value_of(got, x), x.shown) << path;
        EXPECT_EQ(std::ranges::count(got.warnings,
                                     file_ + ": " + path
                                       + ": is now called user_status.redis."
                                       + x.now),
                  1)
          << path;
        for (const auto& warning : got.warnings)
          EXPECT_THAT(warning, Not(HasSubstr("unknown"))) << path;
      }
}

TEST_F(RedisKeys, AreReadFromTheEngine) {
  for (const auto& x : rows())
    for (const auto& name : x.old) {
      need(x);
      auto tree = boost::json::parse(needed_).as_object();
      auto& status = tree["user_status"];
      if (!status.is_object())
        status = boost::json::object{};
      status.as_object()["use_redis_from_engine"] = true;
      needed_ = boost::json::serialize(tree);
      auto got = load_with(name, x);
      EXPECT_EQ(value_of(got, x), x.shown) << name;
    }
}

// B.6.1 has two more, which take nothing: RESP2 is what is spoken, and clients
// of Redis check no certificates of clients.
TEST_F(RedisKeys, WithoutEffectAreSaidToBeSo) {
  for (auto name : {"redis_force_resp2", "redis_tls_client_ca"}) {
    auto got =
      good((std::string{R"({"user_status": {")"} + name
            + (std::string{name} == "redis_force_resp2" ? R"(": true}})"
                                                        : R"(": "x"}})"))
             .c_str());
    EXPECT_EQ(std::ranges::count_if(
                got.warnings,
                [](const auto& x) { return x.find("unknown") != x.npos; }),
              0)
      << name;
  }
}

} // namespace

} // namespace lastseen::config
