#include "net/auth/jwt.hpp"
#include "net/auth/token_keys.hpp"
#include "tests/support/signing_key.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>

#include <string>
#include <utility>
#include <vector>

namespace lastseen {
namespace {

using test::base64url;
using test::signing_key;

constexpr auto claims = R"({"sub":"42"})";

std::string member(const std::string& name, const std::string& value) {
  return ",\"" + name + "\":\"" + value + '"';
}

std::string rsa_jwk(const signing_key& key) {
  return R"("kty":"RSA")"
         + member("n", base64url(key.number(OSSL_PKEY_PARAM_RSA_N)))
         + member("e", base64url(key.number(OSSL_PKEY_PARAM_RSA_E)));
}

std::string ec_jwk(const signing_key& key, const std::string& curve, int size) {
  return R"("kty":"EC")" + member("crv", curve)
         + member("x", base64url(key.number(OSSL_PKEY_PARAM_EC_PUB_X, size)))
         + member("y", base64url(key.number(OSSL_PKEY_PARAM_EC_PUB_Y, size)));
}

std::string okp_jwk(const signing_key& key) {
  return R"("kty":"OKP")" + member("crv", "Ed25519")
         + member("x", base64url(key.raw()));
}

// A set of one key.
std::string set_of(const std::string& members) {
  return R"({"keys":[{)" + members + "}]}";
}

token_keys read(const std::string& document) {
  auto keys = read_token_keys(document);
  EXPECT_TRUE(keys) << document;
  return keys ? std::move(*keys) : token_keys{};
}

/// Has a set, and answers at once.
struct fixed_keys : key_source {
  explicit fixed_keys(token_keys all) : keys(std::move(all)) {}

  result<std::shared_ptr<const token_key>> find(std::string_view kid,
                                                local_time) override {
    auto i = keys.find(kid);
    if (i == keys.end())
      return error{ec::unavailable, "no such key"};
    return i->second;
  }

  token_keys keys;
};

token_verifier verifier_of(const std::string& document) {
  return token_verifier::make({.hmac_secret_key = "secret"},
                              std::make_shared<fixed_keys>(read(document)))
    .value();
}

TEST(TokenKeys, OfEveryKindVerifyTokens) {
  struct kind {
    const char* algorithm;
    signing_key key;
    std::string jwk;
  };
  auto rsa = signing_key::rsa();
  auto p256 = signing_key::ec("P-256");
  auto p384 = signing_key::ec("P-384");
  auto p521 = signing_key::ec("P-521");
  auto ed25519 = signing_key::ed25519();
  for (const auto& [algorithm, key, jwk] : std::vector<kind>{
         {"RS256", rsa, rsa_jwk(rsa)},
         {"RS512", rsa, rsa_jwk(rsa)},
         {"ES256", p256, ec_jwk(p256, "P-256", 32)},
         {"ES384", p384, ec_jwk(p384, "P-384", 48)},
         {"ES512", p521, ec_jwk(p521, "P-521", 66)},
         {"EdDSA", ed25519, okp_jwk(ed25519)},
       }) {
    SCOPED_TRACE(algorithm);
    auto verifier =
      verifier_of(set_of(jwk + R"(,"kid":"a","use":"sig","x5t":"?")"));
    auto good = verifier.verify(key.token(algorithm, claims, "a"), {});
    ASSERT_TRUE(good) << good.error().what;
    EXPECT_EQ(good->user, "42");
    EXPECT_EQ(verifier.verify(key.token(algorithm, claims), {}).error().what,
              "token: has no kid");
    EXPECT_EQ(
      verifier.verify(key.token(algorithm, claims, "b"), {}).error().code,
      ec::unavailable);
    auto forged = key.token(algorithm, claims, "a");
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(verifier.verify(forged, {}).error().what,
              "token: signature does not match");
  }
}

TEST(TokenKeys, AreTheOnlyOnesWhenThereIsASet) {
  auto key = signing_key::ec("P-256");
  auto verifier =
    verifier_of(set_of(ec_jwk(key, "P-256", 32) + R"(,"kid":"a")"));
  EXPECT_EQ(
    verifier
      .verify(
        test::sign_hs256(claims, "secret", R"({"alg":"HS256","kid":"a"})"), {})
      .error()
      .what,
    "token: signature does not match");
}

TEST(TokenKeys, MayBeForOneAlgorithmOnly) {
  auto key = signing_key::rsa();
  auto verifier =
    verifier_of(set_of(rsa_jwk(key) + R"(,"kid":"a","alg":"RS384")"));
  EXPECT_TRUE(verifier.verify(key.token("RS384", claims, "a"), {}));
  EXPECT_EQ(verifier.verify(key.token("RS256", claims, "a"), {}).error().what,
            "token: alg is not the one of its key");
}

TEST(TokenKeys, LeaveOutWhatCannotVerifyATokenAndKeepTheRest) {
  auto good = signing_key::ec("P-256");
  auto jwk = ec_jwk(good, "P-256", 32);
  auto small = signing_key::rsa(1024);
  auto x = base64url(good.number(OSSL_PKEY_PARAM_EC_PUB_X, 32));
  for (const auto& bad : std::vector<std::string>{
         jwk,                                       // no name
         jwk + R"(,"kid":"")",                      //
         jwk + R"(,"kid":7)",                       //
         jwk + R"(,"kid":"b","use":"enc")",         //
         jwk + R"(,"kid":"b","use":1)",             //
         rsa_jwk(small) + R"(,"kid":"b")",          // too small
         R"("kty":"oct","k":"c2VjcmV0","kid":"b")", //
         R"("kty":"RSA","n":"AQ","kid":"b")",       //
         R"("kty":"RSA","n":"","e":"","kid":"b")",  //
         R"("kty":"RSA","kid":"b")",                //
         R"("kty":"OKP","crv":"X25519","kid":"b")", //
         R"("kty":"OKP","crv":"Ed25519","x":"AAAA","kid":"b")",
         R"("kty":"EC","crv":"P-256","kid":"b")",
         R"("kty":"EC","crv":"P-256K","kid":"b")",
         // Not on the curve.
         R"("kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + x
           + R"(","kid":"b")",
         R"("kty":["EC"],"kid":"b")",
         "",
       }) {
    auto keys =
      read(R"({"keys":[{)" + bad + "},{" + jwk + R"(,"kid":"a"},7,null]})");
    EXPECT_EQ(keys.size(), 1u) << bad;
    EXPECT_EQ(keys.count("a"), 1u) << bad;
  }
}

TEST(TokenKeys, MayBeNone) {
  EXPECT_TRUE(read(R"({"keys":[]})").empty());
}

TEST(TokenKeys, OfTheSameNameTheFirstCounts) {
  auto first = signing_key::ec("P-256");
  auto second = signing_key::ec("P-256");
  auto verifier = verifier_of(R"({"keys":[{)" + ec_jwk(first, "P-256", 32)
                              + R"(,"kid":"a"},{)" + ec_jwk(second, "P-256", 32)
                              + R"(,"kid":"a"}]})");
  EXPECT_TRUE(verifier.verify(first.token("ES256", claims, "a"), {}));
  EXPECT_FALSE(verifier.verify(second.token("ES256", claims, "a"), {}));
}

TEST(TokenKeys, WhatIsNoSetIsAnError) {
  for (const auto* document :
       {"", "x", "[]", "{}", R"({"keys":{}})", R"({"keys":[])", "null",
        "<html></html>", R"({"keys":[]} x)"}) {
    auto keys = read_token_keys(document);
    ASSERT_FALSE(keys) << document;
    EXPECT_EQ(keys.error().code, ec::bad_request);
  }
}

} // namespace
} // namespace lastseen
