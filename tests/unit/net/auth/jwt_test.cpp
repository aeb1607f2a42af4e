#include "net/auth/jwt.hpp"
#include "tests/support/jwt.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;
using test::base64url;
using test::sign_hs256;
using test::sign_parts;

constexpr auto secret = "a secret";
constexpr system_clock::time_point now{1'700'000'000s};

token_verifier make_verifier(std::string key) {
  return token_verifier::make({.hmac_secret_key = std::move(key)}).value();
}

result<token_claims> verify(std::string_view token) {
  return make_verifier(secret).verify(token, now);
}

result<token_claims> verify_claims(std::string_view claims) {
  return verify(sign_hs256(claims, secret));
}

/// Checks that the token is refused and that the reason does not repeat it.
void expect_refused(const std::string& token, const char* why) {
  auto outcome = verify(token);
  ASSERT_TRUE(outcome.has_error()) << token;
  EXPECT_EQ(outcome.error().code, ec::unauthorized) << token;
  EXPECT_EQ(outcome.error().what, std::string{"token: "} + why) << token;
}

TEST(TokenVerifierTest, AcceptsATokenMadeElsewhere) {
  // The example of RFC 7515, appendix A.1.
  constexpr unsigned char key[] = {
    0x03, 0x23, 0x35, 0x4b, 0x2b, 0x0f, 0xa5, 0xbc, 0x83, 0x7e, 0x06,
    0x65, 0x77, 0x7b, 0xa6, 0x8f, 0x5a, 0xb3, 0x28, 0xe6, 0xf0, 0x54,
    0xc9, 0x28, 0xa9, 0x0f, 0x84, 0xb2, 0xd2, 0x50, 0x2e, 0xbf, 0xd3,
    0xfb, 0x5a, 0x92, 0xd2, 0x06, 0x47, 0xef, 0x96, 0x8a, 0xb4, 0xc3,
    0x77, 0x62, 0x3d, 0x22, 0x3d, 0x2e, 0x21, 0x72, 0x05, 0x2e, 0x4f,
    0x08, 0xc0, 0xcd, 0x9a, 0xf5, 0x67, 0xd0, 0x80, 0xa3};
  constexpr auto token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  auto verifier = make_verifier(std::string(key, key + sizeof key));
  system_clock::time_point expiry{1'300'819'380s};
  auto claims = verifier.verify(token, expiry - 1s);
  ASSERT_TRUE(claims.has_value()) << claims.error().what;
  EXPECT_EQ(claims->user, "");
  EXPECT_EQ(claims->expires_at, expiry);
  EXPECT_EQ(verifier.verify(token, expiry).error().code, ec::token_expired);
}

TEST(TokenVerifierTest, ReadsTheClaims) {
  auto claims = verify_claims(R"({"sub":"42","exp":1700000001,"iat":1})");
  ASSERT_TRUE(claims.has_value()) << claims.error().what;
  EXPECT_EQ(claims->user, "42");
  EXPECT_EQ(claims->expires_at, now + 1s);
}

TEST(TokenVerifierTest, NeedsNoClaimAtAll) {
  auto claims = verify_claims("{}");
  ASSERT_TRUE(claims.has_value()) << claims.error().what;
  EXPECT_EQ(claims->user, "");
  EXPECT_EQ(claims->expires_at, std::nullopt);
}

TEST(TokenVerifierTest, KeepsEveryByteOfAUser) {
  auto claims = verify_claims(R"({"sub":"\u00e4\u0000\ud83d\ude00 \"x"})");
  ASSERT_TRUE(claims.has_value()) << claims.error().what;
  EXPECT_EQ(claims->user, std::string("\xc3\xa4\0\xf0\x9f\x98\x80 \"x", 10));
}

TEST(TokenVerifierTest, ReadsNestedClaimsOfOthers) {
  auto claims = verify_claims(
    R"({"sub":"7","info":{"a":[1,{"b":null}]},"meta":{},"aud":["x"]})");
  ASSERT_TRUE(claims.has_value()) << claims.error().what;
  EXPECT_EQ(claims->user, "7");
}

struct time_case {
  const char* claims;
  bool good;
};

TEST(TokenVerifierTest, ComparesTimesWithTheLeewayOfNotBefore) {
  for (auto [claims, good] : std::vector<time_case>{
         {R"({"exp":1700000000})", false},
         {R"({"exp":1700000000.5})", true},
         {R"({"exp":1699999999.999})", false},
         {R"({"exp":0})", false},
         {R"({"exp":-1})", false},
         {R"({"exp":1e300})", true},
         {R"({"exp":-1e300})", false},
         {R"({"exp":9223372036854775807})", true},
         {R"({"exp":18446744073709551615})", true},
         {R"({"nbf":1700000000})", true},
         {R"({"nbf":1700000005})", true},
         {R"({"nbf":1700000005.001})", false},
         {R"({"nbf":1699999999})", true},
         {R"({"nbf":1e300})", false},
         {R"({"nbf":1699999999,"exp":1700000001})", true},
       }) {
    auto outcome = verify_claims(claims);
    EXPECT_EQ(outcome.has_value(), good) << claims;
    if (!good && outcome.has_error()) {
      EXPECT_EQ(outcome.error().code, ec::token_expired) << claims;
    }
  }
}

TEST(TokenVerifierTest, TakesTheEndOfTheConnectionFromExpireAt) {
  auto end = [](std::string_view claims) {
    auto outcome = verify_claims(claims);
    EXPECT_TRUE(outcome.has_value()) << claims;
    return outcome ? outcome->expires_at : std::nullopt;
  };
  EXPECT_EQ(end(R"({"exp":1700000009,"expire_at":1700000005})"), now + 5s);
  EXPECT_EQ(end(R"({"exp":1700000009,"expire_at":0})"), std::nullopt);
  EXPECT_EQ(end(R"({"expire_at":1700000005})"), now + 5s);
  EXPECT_EQ(end(R"({"expire_at":1699999999})"), now - 1s);
  EXPECT_LT(end(R"({"expire_at":-5})"), now);
  EXPECT_EQ(verify_claims(R"({"exp":1,"expire_at":0})").error().code,
            ec::token_expired);
}

TEST(TokenVerifierTest, RefusesClaimsOfAWrongType) {
  for (auto user : {"42", "null", "true", "[]", "{}", "1.5"})
    expect_refused(sign_hs256(R"({"sub":)" + std::string{user} + '}', secret),
                   "sub is not a string");
  for (std::string name : {"exp", "nbf", "expire_at"})
    for (std::string time : {"\"1800000000\"", "null", "false", "[]", "{}"})
      expect_refused(sign_hs256("{\"" + name + "\":" + time + '}', secret),
                     (name + " is not a number").c_str());
}

TEST(TokenVerifierTest, RefusesAUserThatIsTooLong) {
  auto claims = [](std::size_t size) {
    return R"({"sub":")" + std::string(size, 'u') + "\"}";
  };
  EXPECT_TRUE(verify_claims(claims(512)).has_value());
  expect_refused(sign_hs256(claims(513), secret), "sub is over 512 bytes");
}

TEST(TokenVerifierTest, RefusesATokenForASubscription) {
  expect_refused(sign_hs256(R"({"sub":"42","channel":"news"})", secret),
                 "has a channel claim: meant for a subscription");
}

TEST(TokenVerifierTest, RefusesOtherAlgorithms) {
  for (auto header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})",
        R"({"alg":"HS128"})", R"({"alg":"PS256"})", R"({"alg":""})",
        R"({"alg":null})", R"({"alg":["HS256"]})", R"({"typ":"JWT"})", "{}"})
    expect_refused(sign_hs256("{}", secret, header), "alg is unknown");
  expect_refused(base64url(R"({"alg":"none"})") + '.' + base64url("{}") + '.',
                 "alg is unknown");
  for (auto header : {R"({"alg":"RS256"})", R"({"alg":"ES256"})",
                      R"({"alg":"EdDSA"})", R"({"alg":"HS384"})"})
    expect_refused(sign_hs256("{}", secret, header),
                   "signature does not match");
}

TEST(TokenVerifierTest, RefusesCriticalExtensions) {
  for (auto header :
       {R"({"alg":"HS256","crit":["exp"],"exp":1})",
        R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":null})"})
    expect_refused(sign_hs256("{}", secret, header),
                   "crit asks for an unknown extension");
}

TEST(TokenVerifierTest, RefusesWhatIsNotAToken) {
  for (auto token : {"", ".", "a.b", "a", "a.b.c.d", "...."})
    expect_refused(token, "not three parts");
  for (const std::string& header :
       {std::string{}, std::string{"!!!!"}, std::string{"e30="},
        base64url("[]"), base64url("\"x\""), base64url("{\"alg\":\"HS256\""),
        base64url("{\"alg\":\"HS256\"}x"),
        base64url("{\"alg\":\"HS256\",\"x\":\"\xff\"}")})
    expect_refused(sign_parts(header + '.' + base64url("{}"), secret),
                   "header is not a JSON object in base64url");
  for (const std::string& claims :
       {std::string{}, std::string{"!!!!"}, base64url(""), base64url("null"),
        base64url("[]"), base64url("{\"sub\":\"\xff\"}"),
        base64url("{\"sub\":\"\xed\xa0\x80\"}"), base64url("{} {}"),
        base64url("{\"a\":" + std::string(100, '[') + std::string(100, ']')
                  + '}')})
    expect_refused(
      sign_parts(base64url(R"({"alg":"HS256"})") + '.' + claims, secret),
      "claims are not a JSON object in base64url");
}

TEST(TokenVerifierTest, RefusesAnyChangeOfABit) {
  const auto token = sign_hs256(R"({"sub":"42"})", secret);
  for (std::size_t i = 0; i < token.size(); ++i)
    for (int bit = 1; bit < 128; bit *= 2) {
      auto forged = token;
      forged[i] = static_cast<char>(forged[i] ^ bit);
      EXPECT_TRUE(verify(forged).has_error()) << i;
    }
}

TEST(TokenVerifierTest, RefusesASignatureThatIsCutOrOfAnotherKey) {
  const auto token = sign_hs256(R"({"sub":"42"})", secret);
  auto dot = token.rfind('.');
  for (auto size : {dot + 1, dot + 5, token.size() - 1})
    expect_refused(token.substr(0, size), "signature does not match");
  expect_refused(token + "AAAA", "signature does not match");
  expect_refused(sign_hs256("{}", "another"), "signature does not match");
}

TEST(TokenVerifierTest, RefusesATokenOverEightKilobytes) {
  auto padded = [](std::size_t size) {
    return sign_hs256(R"({"pad":")" + std::string(size, 'x') + "\"}", secret);
  };
  EXPECT_TRUE(verify(padded(5900)).has_value());
  expect_refused(padded(6200), "over 8 KiB");
}

TEST(TokenVerifierTest, RefusesEverythingWithoutASecret) {
  auto verifier = make_verifier("");
  auto outcome = verifier.verify(sign_hs256("{}", ""), now);
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, ec::unauthorized);
}

} // namespace
} // namespace lastseen
