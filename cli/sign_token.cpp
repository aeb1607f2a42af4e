#include "cli/sign_token.hpp"

#include "net/json_text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace lastseen::cli {

namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64url(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                           raw(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  out.resize(std::min(out.size(), out.find('=')));
  return out;
}

} // namespace

std::string sign_token(std::string_view user, std::chrono::sys_seconds issued,
                       std::optional<std::chrono::sys_seconds> expires,
                       std::string_view secret) {
  std::string claims = "{\"sub\":";
  append_json_string(claims, user);
  claims += ",\"iat\":";
  append_int(claims, issued.time_since_epoch().count());
  if (expires) {
    claims += ",\"exp\":";
    append_int(claims, expires->time_since_epoch().count());
  }
  claims += '}';
  auto token =
    base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64url(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), raw(token),
       token.size(), digest.data(), &size);
  return token + '.'
         + base64url({reinterpret_cast<const char*>(digest.data()), size});
}

} // namespace lastseen::cli
