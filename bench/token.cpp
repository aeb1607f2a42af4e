#include "bench/token.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace lastseen::bench {

namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64url(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                           raw(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.resize(std::min(out.size(), out.find('=')));
  return out;
}

} // namespace

std::string make_token(std::string_view user, std::string_view secret) {
  constexpr std::time_t lifetime = 3600;
  auto token =
    base64url(R"({"alg":"HS256","typ":"JWT"})") + '.'
    + base64url("{\"sub\":\"" + std::string{user} + "\",\"exp\":"
                + std::to_string(std::time(nullptr) + lifetime) + '}');
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), raw(token),
       token.size(), digest.data(), &size);
  return token + '.'
         + base64url({reinterpret_cast<const char*>(digest.data()), size});
}

} // namespace lastseen::bench
