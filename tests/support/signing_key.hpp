#pragma once

#include "jwt.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::test {

/// A fresh private key that signs tokens.
class signing_key {
public:
  static signing_key rsa(unsigned bits = 2048) {
    return signing_key{EVP_RSA_gen(bits)};
  }

  /// `curve` is a name of OpenSSL.
  static signing_key ec(const char* curve) {
    return signing_key{EVP_EC_gen(curve)};
  }

  static signing_key ed25519() {
    return signing_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  }

  /// The public half.
  std::string pem() const {
    std::unique_ptr<BIO, int (*)(BIO*)> out{BIO_new(BIO_s_mem()), BIO_free};
    PEM_write_bio_PUBKEY(out.get(), key_.get());
    char* text = nullptr;
    auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  /// A number of the key, such as `OSSL_PKEY_PARAM_RSA_N`, in `size` bytes; 0:
  /// as few as it needs.
  std::string number(const char* name, int size = 0) const {
    BIGNUM* x = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &x);
    std::string out(
      static_cast<std::size_t>(size == 0 ? BN_num_bytes(x) : size), '\0');
    BN_bn2binpad(x, reinterpret_cast<unsigned char*>(out.data()),
                 static_cast<int>(out.size()));
    BN_free(x);
    return out;
  }

  /// The 32 bytes of an Ed25519 key.
  std::string raw() const {
    std::string out(32, '\0');
    auto size = out.size();
    EVP_PKEY_get_raw_public_key(
      key_.get(), reinterpret_cast<unsigned char*>(out.data()), &size);
    return out;
  }

  /// The signature of `text` as tokens have it, in bytes. `algorithm` only
  /// tells the digest and, for EC, the size of a number.
  std::string sign(std::string_view algorithm, std::string_view text) const {
    const EVP_MD* digest = nullptr;
    if (algorithm.ends_with("256"))
      digest = EVP_sha256();
    else if (algorithm.ends_with("384"))
      digest = EVP_sha384();
    else if (algorithm.ends_with("512"))
      digest = EVP_sha512();
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                               EVP_MD_CTX_free};
    std::string out(1024, '\0');
    auto size = out.size();
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                   &size, reinterpret_cast<const unsigned char*>(text.data()),
                   text.size());
    out.resize(size);
    if (EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_EC)
      return out;
    const auto* der = reinterpret_cast<const unsigned char*>(out.data());
    auto* both = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
    auto half = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
    std::string numbers(2 * static_cast<std::size_t>(half), '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(numbers.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes + half, half);
    ECDSA_SIG_free(both);
    return numbers;
  }

  /// A token of these claims, written in JSON.
  std::string token(std::string_view algorithm, std::string_view claims,
                    std::string_view kid = {}) const {
    auto header = R"({"alg":")" + std::string{algorithm} + '"';
    if (!kid.empty())
      header += R"(,"kid":")" + std::string{kid} + '"';
    auto text = base64url(header + '}') + '.' + base64url(claims);
    return text + '.' + base64url(sign(algorithm, text));
  }

private:
  explicit signing_key(EVP_PKEY* key) : key_{key, EVP_PKEY_free} {}

  std::shared_ptr<EVP_PKEY> key_;
};

} // namespace lastseen::test
