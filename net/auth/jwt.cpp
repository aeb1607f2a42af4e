#include "net/auth/jwt.hpp"

#include "net/auth/base64url.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace lastseen {

namespace {

namespace json = boost::json;
using std::chrono::system_clock;

constexpr std::size_t digest_size = 32;
constexpr std::size_t max_depth = 16;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// One of a token's JSON objects.
class token_part {
public:
  token_part()
    : memory_{buffer_, sizeof buffer_}, value_(json::storage_ptr{&memory_}) {}

  bool parse(std::string_view text) {
    auto bytes = decode_base64url(text);
    if (!bytes)
      return false;
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code ec;
    value_ = json::parse(*bytes, ec, &memory_, options);
    return !ec && value_.is_object();
  }

  const json::value* find(std::string_view key) const {
    return value_.get_object().if_contains(key);
  }

private:
  unsigned char buffer_[2048];
  json::monotonic_resource memory_;
  json::value value_;
};

using mac_context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

mac_context hmac_sha256(std::string_view key) {
  auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  mac_context context{EVP_MAC_CTX_new(mac), EVP_MAC_CTX_free};
  EVP_MAC_free(mac);
  char digest[] = OSSL_DIGEST_NAME_SHA2_256;
  const OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
    OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context.get(), as_bytes(key), key.size(), parameters) != 1)
    context.reset();
  return context;
}

bool is_signed(std::string_view text, std::string_view signature,
               const EVP_MAC_CTX& keyed) {
  auto given = decode_base64url(signature);
  if (!given || given->size() != digest_size)
    return false;
  mac_context context{EVP_MAC_CTX_dup(&keyed), EVP_MAC_CTX_free};
  std::array<unsigned char, digest_size> digest{};
  std::size_t size = 0;
  return context
         && EVP_MAC_update(context.get(), as_bytes(text), text.size()) == 1
         && EVP_MAC_final(context.get(), digest.data(), &size, digest_size) == 1
         && size == digest_size
         && CRYPTO_memcmp(digest.data(), given->data(), digest_size) == 0;
}

/// Reads a NumericDate (RFC 7519, section 2).
bool read_time(const json::value& x,
               std::optional<system_clock::time_point>& out) {
  boost::system::error_code ec;
  auto seconds = x.is_number() ? x.to_number<double>(ec) : 0.0;
  if (!x.is_number() || ec)
    return false;
  // What the clock's nanoseconds can hold.
  seconds = std::clamp(seconds, -9e9, 9e9);
  out = system_clock::time_point{
    std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
  return true;
}

error refusal(const char* why) {
  return {ec::unauthorized, std::string{"token: "} + why};
}

result<token_claims> read_claims(const token_part& payload,
                                 system_clock::time_point now) {
  if (payload.find("channel") != nullptr)
    return refusal("has a channel claim: meant for a subscription");

  token_claims claims;
  if (auto* user = payload.find("sub")) {
    if (!user->is_string())
      return refusal("sub is not a string");
    if (user->get_string().size() > token_verifier::max_user_size)
      return refusal("sub is over 512 bytes");
    claims.user = std::string_view{user->get_string()};
  }
  std::optional<system_clock::time_point> not_before;
  std::optional<system_clock::time_point> connection_end;
  auto* exp = payload.find("exp");
  auto* nbf = payload.find("nbf");
  auto* expire_at = payload.find("expire_at");
  if (exp != nullptr && !read_time(*exp, claims.expires_at))
    return refusal("exp is not a number");
  if (nbf != nullptr && !read_time(*nbf, not_before))
    return refusal("nbf is not a number");
  if (expire_at != nullptr && !read_time(*expire_at, connection_end))
    return refusal("expire_at is not a number");
  if (claims.expires_at && now >= *claims.expires_at)
    return error{ec::token_expired, "token: exp is reached"};
  if (not_before && now < *not_before)
    return error{ec::token_expired, "token: nbf is not reached"};
  if (connection_end)
    claims.expires_at = connection_end;
  if (connection_end == system_clock::time_point{})
    claims.expires_at.reset();
  return claims;
}

} // namespace

token_verifier::token_verifier(std::string_view hmac_secret) {
  if (!hmac_secret.empty())
    keyed_ = hmac_sha256(hmac_secret);
}

result<token_claims>
token_verifier::verify(std::string_view token,
                       system_clock::time_point now) const {
  if (!keyed_)
    return refusal("no client.token.hmac_secret_key is set");
  if (token.size() > max_token_size)
    return refusal("over 8 KiB");
  if (std::count(token.begin(), token.end(), '.') != 2)
    return refusal("not three parts");
  auto first = token.find('.');
  auto second = token.rfind('.');
  token_part header;
  if (!header.parse(token.substr(0, first)))
    return refusal("header is not a JSON object in base64url");
  auto* algorithm = header.find("alg");
  if (algorithm == nullptr || !algorithm->is_string()
      || algorithm->get_string() != "HS256")
    return refusal("alg is not HS256");
  if (header.find("crit") != nullptr)
    return refusal("crit asks for an unknown extension");
  if (!is_signed(token.substr(0, second), token.substr(second + 1), *keyed_))
    return refusal("signature does not match");
  token_part payload;
  if (!payload.parse(token.substr(first + 1, second - first - 1)))
    return refusal("claims are not a JSON object in base64url");
  return read_claims(payload, now);
}

} // namespace lastseen
