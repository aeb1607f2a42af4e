#include "net/auth/token_claims.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr claim_rules::time_point now{1'700'000'000s};

result<token_claims> read(const config::client_token& settings,
                          std::string_view claims) {
  return claim_rules{settings}.read(boost::json::parse(claims).as_object(),
                                    now);
}

struct rule_case {
  config::client_token settings;
  const char* claims;
  const char* refusal; // null: accepted
};

TEST(TokenClaimsTest, AudienceAndIssuerAreWhatIsConfigured) {
  constexpr auto audience = "token: aud is not client.token.audience";
  constexpr auto issuer = "token: iss is not client.token.issuer";
  for (const auto& [settings, claims, refusal] : std::vector<rule_case>{
         {{}, R"({"aud":1,"iss":[]})", nullptr},
         {{.audience = "a"}, R"({"aud":"a"})", nullptr},
         {{.audience = "a"}, R"({"aud":["b","a"]})", nullptr},
         {{.audience = "a"}, R"({"aud":[1,"a"]})", nullptr},
         {{.audience = "a"}, R"({"aud":"ab"})", audience},
         {{.audience = "a"}, R"({"aud":["b","c"]})", audience},
         {{.audience = "a"}, R"({"aud":[]})", audience},
         {{.audience = "a"}, R"({"aud":{"a":"a"}})", audience},
         {{.audience = "a"}, R"({"aud":null})", audience},
         {{.audience = "a"}, "{}", audience},
         {{.audience_regex = "^a+$"}, R"({"aud":"aaa"})", nullptr},
         {{.audience_regex = "^a+$"}, R"({"aud":["x","aa"]})", nullptr},
         {{.audience_regex = "^a+$"}, R"({"aud":"aab"})", audience},
         {{.audience_regex = "a"}, R"({"aud":"xay"})", nullptr},
         {{.audience_regex = "a"}, "{}", audience},
         {{.issuer = "i"}, R"({"iss":"i"})", nullptr},
         {{.issuer = "i"}, R"({"iss":"j"})", issuer},
         {{.issuer = "i"}, R"({"iss":["i"]})", issuer},
         {{.issuer = "i"}, "{}", issuer},
         {{.issuer_regex = "^https://[a-z]+\\.example\\.com$"},
          R"({"iss":"https://eu.example.com"})",
          nullptr},
         {{.issuer_regex = "^https://[a-z]+\\.example\\.com$"},
          R"({"iss":"https://eu.example.com.evil.org"})",
          issuer},
         {{.audience = "a", .issuer_regex = "."},
          R"({"aud":"a","iss":""})",
          issuer},
       }) {
    auto outcome = read(settings, claims);
    EXPECT_EQ(outcome.has_value(), refusal == nullptr) << claims;
    if (outcome.has_error() && refusal != nullptr) {
      EXPECT_EQ(outcome.error().what, refusal) << claims;
      EXPECT_EQ(outcome.error().code, ec::unauthorized) << claims;
    }
  }
}

TEST(TokenClaimsTest, AWrongAudienceMattersMoreThanItsEnd) {
  EXPECT_EQ(read({.audience = "a"}, R"({"exp":1})").error().code,
            ec::unauthorized);
}

TEST(TokenClaimsTest, TheUserMayBeInAnotherClaim) {
  config::client_token settings{.user_id_claim = "user_id"};
  EXPECT_EQ(read(settings, R"({"sub":"1","user_id":"2"})")->user, "2");
  EXPECT_EQ(read(settings, R"({"sub":"1"})")->user, "");
  EXPECT_EQ(read(settings, R"({"user_id":2})").error().what,
            "token: user_id is not a string");
  EXPECT_EQ(read(settings, R"({"user_id":")" + std::string(513, 'u') + "\"}")
              .error()
              .what,
            "token: user_id is over 512 bytes");
}

TEST(TokenClaimsTest, ClaimsThatNothingUsesMayBeAnything) {
  for (const auto* claims :
       {R"({"info":{"a":[1]},"meta":{"b":null}})", R"({"info":1,"meta":"x"})",
        R"({"b64info":"!","channels":["a"],"subs":{"a":{}},"jti":1})"})
    EXPECT_TRUE(read({}, claims)) << claims;
}

// Boost.JSON reads it as NaN.
TEST(TokenClaimsTest, ATimeIsNotZeroTimesInfinity) {
  for (const std::string name : {"exp", "nbf", "iat"})
    EXPECT_EQ(read({}, "{\"" + name + "\":0e999}").error().what,
              "token: " + name + " is not a number");
}

TEST(TokenClaimsTest, IssuedAtIsANumber) {
  EXPECT_TRUE(read({}, R"({"iat":99999999999})"));
  EXPECT_EQ(read({}, R"({"iat":"1"})").error().what,
            "token: iat is not a number");
}

} // namespace
} // namespace lastseen
