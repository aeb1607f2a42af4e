#pragma once

#include "config/config.hpp"
#include "net/auth/signature.hpp"
#include "net/auth/token_claims.hpp"
#include "net/auth/token_keys.hpp"
#include "status/error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace lastseen {

/// Verifies connection tokens: JSON Web Tokens (RFC 7519) with the algorithms
/// for which a key is set. Immutable, so any thread may use it.
class token_verifier {
public:
  using time_point = std::chrono::system_clock::time_point;

  static constexpr std::size_t max_token_size = 8192;

  /// With `keys` only those are used. Errors: `ec::bad_config` with a line on
  /// the key that is not usable. Without any key every token is refused.
  static result<token_verifier>
  make(const config::client_token& settings,
       std::shared_ptr<key_source> keys = nullptr);

  /// Verifies a token that came at `since`. Errors: those of
  /// `claim_rules::read` when the signature is good; those of
  /// `key_source::find`; else `ec::unauthorized`. The texts hold nothing of the
  /// token.
  result<token_claims> verify(std::string_view token, time_point now,
                              local_time since = {}) const;

private:
  explicit token_verifier(const config::client_token& settings);

  bool is_signed(const signature_algorithm& algorithm, std::string_view text,
                 std::string_view signature, time_point now) const;

  claim_rules rules_;
  std::shared_ptr<key_source> keys_; // null: the keys below
  std::optional<hmac_key> secret_;
  std::optional<hmac_key> previous_secret_;
  std::optional<time_point> previous_secret_end_;
  std::optional<public_key> rsa_;
  std::optional<public_key> ecdsa_;
  std::optional<public_key> ed25519_;
};

} // namespace lastseen
