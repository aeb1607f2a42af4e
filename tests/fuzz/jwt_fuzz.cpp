#include "fuzz.hpp"
#include "net/auth/jwt.hpp"
#include "tests/support/jwt.hpp"

#include <string>

namespace {

using namespace lastseen;

constexpr auto secret = "secret";
// A point on P-256, so that ES256 is tried, too.
constexpr auto pem =
  "-----BEGIN PUBLIC KEY-----\n"
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEL98ggbi3va0fyaHHMf+Ut15Bx8FA\n"
  "M6TFdWQQimb4YfjWkn0fpBfuycArw2KPG5qHrBUpIVrIdlqGxmn8hJRMwg==\n"
  "-----END PUBLIC KEY-----\n";

void check(const result<token_claims>& claims) {
  if (claims)
    fuzz::require(claims->user.size() <= claim_rules::max_user_size);
  else
    fuzz::require(claims.error().code == ec::unauthorized
                  || claims.error().code == ec::token_expired);
}

} // namespace

// As a token, and as the header and claims of one that is signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const auto verifier = token_verifier::make({.hmac_secret_key = secret,
                                                     .ecdsa_public_key = pem,
                                                     .audience_regex = "a*",
                                                     .issuer = "i"})
                                 .value();
  static const auto open = token_verifier::make({.hmac_secret_key = secret});
  const token_verifier::time_point now{std::chrono::seconds{1'700'000'000}};
  auto text = fuzz::as_text(data, size);
  check(verifier.verify(text, now));
  auto cut = text.find('\n');
  if (cut == std::string_view::npos)
    return 0;
  auto token =
    test::sign_hs256(text.substr(cut + 1), secret, text.substr(0, cut));
  check(verifier.verify(token, now));
  check(open->verify(token, now));
  return 0;
}
