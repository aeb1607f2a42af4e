#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct evp_mac_ctx_st;
struct evp_pkey_st;

namespace lastseen {

enum class key_kind : std::uint8_t { hmac, rsa, ecdsa, ed25519 };

/// A signature algorithm of tokens (RFC 7518, section 3.1; RFC 8037).
struct signature_algorithm {
  /// As in the header's `alg`.
  std::string_view name;
  /// What a key must be; a key of another kind verifies nothing.
  key_kind kind;
  /// Of the digest: 256, 384 or 512; for Ed25519 0.
  unsigned bits;
};

/// The algorithm of that name; null for an unknown one, which `none` is.
const signature_algorithm* find_algorithm(std::string_view name) noexcept;

/// A secret. Immutable, so any thread may use it.
class hmac_key {
public:
  explicit hmac_key(std::string_view secret);

  /// Whether `signature`, as bytes, is the one of `text`. Takes as long
  /// wherever a wrong one differs.
  bool verifies(const signature_algorithm& algorithm, std::string_view text,
                std::string_view signature) const;

private:
  // One per digest, with the key set, to be copied for each token.
  std::shared_ptr<const evp_mac_ctx_st> keyed_[3];
};

/// A public key: RSA of 2048 to 8192 bits, a point on P-256, P-384 or P-521,
/// or Ed25519. Immutable, so any thread may use it.
class public_key {
public:
  /// Of a PEM text `BEGIN PUBLIC KEY`; nothing when it is none of the above.
  static std::optional<public_key> from_pem(std::string_view pem);

  // The parts of a JWK (RFC 7518, section 6; RFC 8037), as bytes.
  static std::optional<public_key> rsa(std::string_view modulus,
                                       std::string_view exponent);
  static std::optional<public_key>
  ecdsa(std::string_view curve, std::string_view x, std::string_view y);
  static std::optional<public_key> ed25519(std::string_view x);

  key_kind kind() const noexcept {
    return kind_;
  }

  /// Whether `signature`, as bytes, is one of `text`. An algorithm of another
  /// kind, or of another curve, verifies nothing.
  bool verifies(const signature_algorithm& algorithm, std::string_view text,
                std::string_view signature) const;

private:
  /// Takes `key` over; nothing when it is not one that we take.
  static std::optional<public_key> take(evp_pkey_st* key);

  std::shared_ptr<evp_pkey_st> key_;
  key_kind kind_ = key_kind::rsa;
  // Of the digest that goes with the curve; 0: any.
  unsigned bits_ = 0;
};

} // namespace lastseen
