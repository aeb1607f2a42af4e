#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>

namespace lastseen::test {

inline std::string base64url(std::string_view bytes) {
  constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (auto c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += alphabet[bits >> (count - 6) & 63];
  }
  if (count != 0)
    out += alphabet[bits << (6 - count) & 63];
  return out;
}

/// Signs `signed_part`, a header and claims in base64url, with HS256.
inline std::string sign_parts(std::string signed_part,
                              std::string_view secret) {
  std::array<char, 32> digest{};
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()),
       signed_part.size(), reinterpret_cast<unsigned char*>(digest.data()),
       nullptr);
  return signed_part + '.' + base64url({digest.data(), digest.size()});
}

/// A token of these claims, written in JSON.
inline std::string
sign_hs256(std::string_view claims, std::string_view secret,
           std::string_view header = R"({"alg":"HS256","typ":"JWT"})") {
  return sign_parts(base64url(header) + '.' + base64url(claims), secret);
}

} // namespace lastseen::test
