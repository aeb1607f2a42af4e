#include "net/auth/jwt.hpp"
#include "tests/support/jwt.hpp"
#include "tests/support/signing_key.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;
using test::base64url;
using test::signing_key;

constexpr system_clock::time_point now{1'700'000'000s};
constexpr auto claims = R"({"sub":"42"})";

// Made once, for RSA takes its time under the sanitizers.
struct all_keys {
  signing_key rsa = signing_key::rsa();
  signing_key p256 = signing_key::ec("P-256");
  signing_key p384 = signing_key::ec("P-384");
  signing_key p521 = signing_key::ec("P-521");
  signing_key ed25519 = signing_key::ed25519();
};

const all_keys& keys() {
  static const all_keys made;
  return made;
}

token_verifier make(const config::client_token& settings) {
  return token_verifier::make(settings).value();
}

bool accepts(const token_verifier& verifier, const std::string& token) {
  auto outcome = verifier.verify(token, now);
  if (!outcome) {
    EXPECT_EQ(outcome.error().code, ec::unauthorized);
    return false;
  }
  EXPECT_EQ(outcome->user, "42");
  return true;
}

// A token by HMAC with any digest.
std::string hmac_token(const std::string& algorithm, std::string_view secret) {
  auto text =
    base64url(R"({"alg":")" + algorithm + "\"}") + '.' + base64url(claims);
  const auto* digest = algorithm == "HS256"   ? EVP_sha256()
                       : algorithm == "HS384" ? EVP_sha384()
                                              : EVP_sha512();
  std::string out(64, '\0');
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  return text + '.' + base64url(out);
}

struct key_case {
  const char* algorithm;
  config::client_token settings;
  const signing_key& key;
};

std::vector<key_case> key_cases() {
  const auto& k = keys();
  return {
    {"RS256", {.rsa_public_key = k.rsa.pem()}, k.rsa},
    {"RS384", {.rsa_public_key = k.rsa.pem()}, k.rsa},
    {"RS512", {.rsa_public_key = k.rsa.pem()}, k.rsa},
    {"ES256", {.ecdsa_public_key = k.p256.pem()}, k.p256},
    {"ES384", {.ecdsa_public_key = k.p384.pem()}, k.p384},
    {"ES512", {.ecdsa_public_key = k.p521.pem()}, k.p521},
    {"EdDSA", {.eddsa_public_key = k.ed25519.pem()}, k.ed25519},
  };
}

TEST(TokenKeysTest, EveryAlgorithmTakesTokensOfItsKeyOnly) {
  auto others = key_cases();
  for (const auto& [algorithm, settings, key] : key_cases()) {
    SCOPED_TRACE(algorithm);
    auto verifier = make(settings);
    auto token = key.token(algorithm, claims);
    EXPECT_TRUE(accepts(verifier, token));
    for (const auto& other : others)
      if (&other.key != &key) {
        EXPECT_FALSE(accepts(make(other.settings), token)) << other.algorithm;
        EXPECT_FALSE(
          accepts(verifier, other.key.token(other.algorithm, claims)))
          << other.algorithm;
      }
    EXPECT_FALSE(accepts(make({.hmac_secret_key = "secret"}), token));
    EXPECT_FALSE(accepts(make({}), token));
  }
}

TEST(TokenKeysTest, EveryAlgorithmNoticesAChange) {
  for (const auto& [algorithm, settings, key] : key_cases()) {
    SCOPED_TRACE(algorithm);
    auto verifier = make(settings);
    auto token = key.token(algorithm, claims);
    auto first = token.find('.');
    auto second = token.rfind('.');
    for (auto at : {first + 3, second + 1, second + 20, token.size() - 3}) {
      auto forged = token;
      forged[at] = forged[at] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(accepts(verifier, forged)) << at;
    }
    EXPECT_FALSE(accepts(verifier, token.substr(0, second + 1)));
    EXPECT_FALSE(accepts(verifier, token.substr(0, token.size() - 4)));
    EXPECT_FALSE(accepts(verifier, token + "AAAA"));
  }
}

TEST(TokenKeysTest, AnotherDigestOfTheSameKeyMustBeSigned) {
  const auto& k = keys();
  auto rsa = make({.rsa_public_key = k.rsa.pem()});
  auto relabel = [](const signing_key& key, std::string_view by,
                    const std::string& as) {
    auto text = base64url(R"({"alg":")" + as + "\"}") + '.' + base64url(claims);
    return text + '.' + base64url(key.sign(by, text));
  };
  EXPECT_TRUE(accepts(rsa, relabel(k.rsa, "RS256", "RS256")));
  EXPECT_FALSE(accepts(rsa, relabel(k.rsa, "RS256", "RS512")));
  // A curve goes with one digest only.
  EXPECT_FALSE(accepts(make({.ecdsa_public_key = k.p256.pem()}),
                       relabel(k.p256, "ES512", "ES512")));
  EXPECT_FALSE(accepts(make({.ecdsa_public_key = k.p521.pem()}),
                       relabel(k.p521, "ES256", "ES256")));
}

TEST(TokenKeysTest, APublicKeyIsNoSecret) {
  const auto& k = keys();
  config::client_token settings{.rsa_public_key = k.rsa.pem(),
                                .ecdsa_public_key = k.p256.pem(),
                                .eddsa_public_key = k.ed25519.pem()};
  for (const auto& pem : {k.rsa.pem(), k.p256.pem(), k.ed25519.pem()})
    for (const auto* algorithm : {"HS256", "HS384", "HS512"}) {
      EXPECT_FALSE(accepts(make(settings), hmac_token(algorithm, pem)));
      auto with_secret = settings;
      with_secret.hmac_secret_key = "secret";
      EXPECT_FALSE(accepts(make(with_secret), hmac_token(algorithm, pem)));
    }
}

TEST(TokenKeysTest, ASecretTakesAllItsDigests) {
  auto verifier = make({.hmac_secret_key = "secret"});
  for (const auto* algorithm : {"HS256", "HS384", "HS512"}) {
    EXPECT_TRUE(accepts(verifier, hmac_token(algorithm, "secret")));
    EXPECT_FALSE(accepts(verifier, hmac_token(algorithm, "other")));
  }
}

TEST(TokenKeysTest, TheSecretBeforeIsGoodUntilItsEnd) {
  auto token = hmac_token("HS256", "old");
  EXPECT_FALSE(accepts(make({.hmac_secret_key = "new"}), token));
  for (auto [until, good] : {std::pair{0U, true},
                             {1'700'000'001U, true},
                             {1'700'000'000U, false},
                             {1U, false}}) {
    auto verifier = make({.hmac_secret_key = "new",
                          .hmac_previous_secret_key = "old",
                          .hmac_previous_secret_key_valid_until = until});
    EXPECT_EQ(accepts(verifier, token), good) << until;
    EXPECT_TRUE(accepts(verifier, hmac_token("HS256", "new"))) << until;
  }
}

TEST(TokenKeysTest, AKeyThatIsNotUsableIsAnErrorOfTheConfiguration) {
  const auto& k = keys();
  auto small = signing_key::rsa(1024).pem();
  auto p192 = signing_key::ec("P-192").pem();
  auto cut = k.rsa.pem().substr(0, 200);
  struct bad_case {
    config::client_token settings;
    const char* text;
  };
  for (const auto& [settings, text] : std::vector<bad_case>{
         {{.rsa_public_key = "x"}, "client.token.rsa_public_key: must be an"},
         {{.rsa_public_key = small}, "RSA public key of 2048 to 8192 bits"},
         {{.rsa_public_key = cut}, "-----BEGIN PUBLIC KEY-----"},
         {{.rsa_public_key = k.p256.pem()}, "client.token.rsa_public_key"},
         {{.ecdsa_public_key = k.rsa.pem()}, "client.token.ecdsa_public_key"},
         {{.ecdsa_public_key = p192}, "P-256, P-384 or P-521"},
         {{.ecdsa_public_key = "-----BEGIN PUBLIC KEY-----\n"}, "ecdsa"},
         {{.eddsa_public_key = k.p256.pem()}, "an Ed25519 public key in PEM"},
       }) {
    auto made = token_verifier::make(settings);
    ASSERT_TRUE(made.has_error()) << text;
    EXPECT_EQ(made.error().code, ec::bad_config);
    EXPECT_NE(made.error().what.find(text), std::string::npos)
      << made.error().what;
  }
}

} // namespace
} // namespace lastseen
