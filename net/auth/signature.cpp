#include "net/auth/signature.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <string>

namespace lastseen {

namespace {

constexpr auto algorithms = std::to_array<signature_algorithm>({
  {"HS256", key_kind::hmac, 256},
  {"HS384", key_kind::hmac, 384},
  {"HS512", key_kind::hmac, 512},
  {"RS256", key_kind::rsa, 256},
  {"RS384", key_kind::rsa, 384},
  {"RS512", key_kind::rsa, 512},
  {"ES256", key_kind::ecdsa, 256},
  {"ES384", key_kind::ecdsa, 384},
  {"ES512", key_kind::ecdsa, 512},
  {"EdDSA", key_kind::ed25519, 0},
});

struct curve {
  std::string_view name; // in a JWK
  const char* group;     // for OpenSSL
  unsigned bits;         // of the digest that goes with it
  std::size_t size;      // of a coordinate, in bytes
};

constexpr auto curves = std::to_array<curve>({
  {"P-256", "prime256v1", 256, 32},
  {"P-384", "secp384r1", 384, 48},
  {"P-521", "secp521r1", 512, 66},
});

constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 8192;
constexpr std::size_t max_digest_size = 64;

template <class T, void (*Free)(T*)>
struct deleter {
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

void free_bio(BIO* x) {
  BIO_free(x);
}

using mac_context =
  std::unique_ptr<EVP_MAC_CTX, deleter<EVP_MAC_CTX, EVP_MAC_CTX_free>>;
using digest_context =
  std::unique_ptr<EVP_MD_CTX, deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using key_context =
  std::unique_ptr<EVP_PKEY_CTX, deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using number = std::unique_ptr<BIGNUM, deleter<BIGNUM, BN_free>>;
using builder =
  std::unique_ptr<OSSL_PARAM_BLD, deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using parameters =
  std::unique_ptr<OSSL_PARAM, deleter<OSSL_PARAM, OSSL_PARAM_free>>;
using ecdsa_signature =
  std::unique_ptr<ECDSA_SIG, deleter<ECDSA_SIG, ECDSA_SIG_free>>;
using bio = std::unique_ptr<BIO, deleter<BIO, free_bio>>;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const char* digest_name(unsigned bits) {
  if (bits == 256)
    return OSSL_DIGEST_NAME_SHA2_256;
  return bits == 384 ? OSSL_DIGEST_NAME_SHA2_384 : OSSL_DIGEST_NAME_SHA2_512;
}

const EVP_MD* digest_of(unsigned bits) {
  if (bits == 256)
    return EVP_sha256();
  return bits == 384 ? EVP_sha384() : EVP_sha512();
}

std::size_t index_of(unsigned bits) {
  return bits / 128 - 2;
}

mac_context make_mac(std::string_view secret, unsigned bits) {
  auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  mac_context context{EVP_MAC_CTX_new(mac)};
  EVP_MAC_free(mac);
  std::string digest = digest_name(bits);
  const OSSL_PARAM options[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
    OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context.get(), as_bytes(secret), secret.size(), options)
      != 1)
    context.reset();
  return context;
}

number to_number(std::string_view bytes) {
  return number{
    BN_bin2bn(as_bytes(bytes), static_cast<int>(bytes.size()), nullptr)};
}

// A key of `type` with what `fill` puts in; null when OpenSSL refuses that.
template <class Fill>
EVP_PKEY* make_key(const char* type, Fill fill) {
  builder build{OSSL_PARAM_BLD_new()};
  if (!build || !fill(build.get()))
    return nullptr;
  parameters options{OSSL_PARAM_BLD_to_param(build.get())};
  key_context context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!options || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                           options.get())
           != 1)
    key = nullptr;
  ERR_clear_error();
  return key;
}

bool is_sound(EVP_PKEY* key) {
  key_context context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  auto sound = context && EVP_PKEY_public_check(context.get()) == 1;
  ERR_clear_error();
  return sound;
}

// Of two numbers side by side (RFC 7518, section 3.4) OpenSSL wants DER;
// empty when it has another size.
std::string to_der(std::string_view signature, std::size_t size) {
  if (signature.size() != 2 * size)
    return {};
  ecdsa_signature both{ECDSA_SIG_new()};
  auto r = to_number(signature.substr(0, size));
  auto s = to_number(signature.substr(size));
  if (!both || !r || !s
      || ECDSA_SIG_set0(both.get(), r.release(), s.release()) != 1)
    return {};
  unsigned char* der = nullptr;
  auto length = i2d_ECDSA_SIG(both.get(), &der);
  if (length <= 0)
    return {};
  std::string out{reinterpret_cast<char*>(der),
                  static_cast<std::size_t>(length)};
  OPENSSL_free(der);
  return out;
}

} // namespace

const signature_algorithm* find_algorithm(std::string_view name) noexcept {
  auto i = std::ranges::find(algorithms, name, &signature_algorithm::name);
  return i == algorithms.end() ? nullptr : &*i;
}

// -- HMAC ---------------------------------------------------------------------

hmac_key::hmac_key(std::string_view secret) {
  for (unsigned bits : {256U, 384U, 512U})
    keyed_[index_of(bits)] = make_mac(secret, bits);
}

bool hmac_key::verifies(const signature_algorithm& algorithm,
                        std::string_view text,
                        std::string_view signature) const {
  if (algorithm.kind != key_kind::hmac)
    return false;
  const auto& keyed = keyed_[index_of(algorithm.bits)];
  if (!keyed)
    return false;
  auto wanted = algorithm.bits / 8;
  mac_context context{EVP_MAC_CTX_dup(keyed.get())};
  std::array<unsigned char, max_digest_size> digest{};
  std::size_t size = 0;
  return signature.size() == wanted && context
         && EVP_MAC_update(context.get(), as_bytes(text), text.size()) == 1
         && EVP_MAC_final(context.get(), digest.data(), &size, digest.size())
              == 1
         && size == wanted
         && CRYPTO_memcmp(digest.data(), signature.data(), wanted) == 0;
}

// -- public keys --------------------------------------------------------------

std::optional<public_key> public_key::from_pem(std::string_view pem) {
  bio in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  // Or it would ask for the password of an encrypted text.
  auto* no_password = +[](char*, int, int, void*) { return -1; };
  auto* key =
    in ? PEM_read_bio_PUBKEY(in.get(), nullptr, no_password, nullptr) : nullptr;
  ERR_clear_error();
  return take(key);
}

std::optional<public_key> public_key::rsa(std::string_view modulus,
                                          std::string_view exponent) {
  if (modulus.size() > max_rsa_bits / 8 + 1 || exponent.size() > 8)
    return std::nullopt;
  auto n = to_number(modulus);
  auto e = to_number(exponent);
  return take(make_key("RSA", [&](OSSL_PARAM_BLD* to) {
    return OSSL_PARAM_BLD_push_BN(to, OSSL_PKEY_PARAM_RSA_N, n.get()) == 1
           && OSSL_PARAM_BLD_push_BN(to, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  }));
}

std::optional<public_key> public_key::ecdsa(std::string_view curve_name,
                                            std::string_view x,
                                            std::string_view y) {
  auto i = std::ranges::find(curves, curve_name, &curve::name);
  if (i == curves.end() || x.size() != i->size || y.size() != i->size)
    return std::nullopt;
  auto point = '\x04' + std::string{x} + std::string{y};
  return take(make_key("EC", [&](OSSL_PARAM_BLD* to) {
    return OSSL_PARAM_BLD_push_utf8_string(to, OSSL_PKEY_PARAM_GROUP_NAME,
                                           i->group, 0)
             == 1
           && OSSL_PARAM_BLD_push_octet_string(to, OSSL_PKEY_PARAM_PUB_KEY,
                                               point.data(), point.size())
                == 1;
  }));
}

std::optional<public_key> public_key::ed25519(std::string_view x) {
  auto* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                          as_bytes(x), x.size());
  ERR_clear_error();
  return take(key);
}

std::optional<public_key> public_key::take(EVP_PKEY* key) {
  if (key == nullptr)
    return std::nullopt;
  public_key out;
  out.key_ = {key, EVP_PKEY_free};
  auto id = EVP_PKEY_get_base_id(key);
  if (id == EVP_PKEY_ED25519) {
    out.kind_ = key_kind::ed25519;
    return out;
  }
  if (id == EVP_PKEY_RSA) {
    auto bits = EVP_PKEY_get_bits(key);
    if (bits < min_rsa_bits || bits > max_rsa_bits)
      return std::nullopt;
    out.kind_ = key_kind::rsa;
  } else if (id == EVP_PKEY_EC) {
    std::array<char, 64> group{};
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1)
      return std::nullopt;
    auto i = std::ranges::find(
      curves, std::string_view{group.data()},
      [](const curve& x) { return std::string_view{x.group}; });
    if (i == curves.end())
      return std::nullopt;
    out.kind_ = key_kind::ecdsa;
    out.bits_ = i->bits;
  } else {
    return std::nullopt;
  }
  if (!is_sound(key))
    return std::nullopt;
  return out;
}

bool public_key::verifies(const signature_algorithm& algorithm,
                          std::string_view text,
                          std::string_view signature) const {
  if (algorithm.kind != kind_ || (bits_ != 0 && algorithm.bits != bits_))
    return false;
  std::string der;
  if (kind_ == key_kind::ecdsa) {
    auto i = std::ranges::find(curves, bits_, &curve::bits);
    der = to_der(signature, i->size);
    if (der.empty())
      return false;
    signature = der;
  }
  const auto* digest =
    kind_ == key_kind::ed25519 ? nullptr : digest_of(algorithm.bits);
  digest_context context{EVP_MD_CTX_new()};
  auto good =
    context
    && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get())
         == 1
    && EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(),
                        as_bytes(text), text.size())
         == 1;
  ERR_clear_error();
  return good;
}

} // namespace lastseen
