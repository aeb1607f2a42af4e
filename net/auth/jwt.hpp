#pragma once

#include "status/error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;

namespace lastseen {

/// What a connection token says (contract B.5.2).
struct token_claims {
  /// `sub`: at most 512 bytes of UTF-8, empty for an anonymous user.
  std::string user;
  /// When the connection expires: `expire_at` where given (0 for never), else
  /// `exp`; absent for never. With `expire_at` it may be past already. Times
  /// after the year 2255 count as 2255.
  std::optional<std::chrono::system_clock::time_point> expires_at;
};

/// Verifies connection tokens: JSON Web Tokens (RFC 7519) signed with HS256.
/// Immutable, so any thread may use it.
class token_verifier {
public:
  static constexpr std::size_t max_token_size = 8192;
  static constexpr std::size_t max_user_size = 512;

  /// With an empty secret every token is refused.
  explicit token_verifier(std::string_view hmac_secret);

  /// Errors (contract B.5.1): `ec::token_expired` when the signature is good
  /// but `exp` is reached or `nbf` is not; `ec::unauthorized` for everything
  /// else, which includes a `channel` claim, for such a token is meant for a
  /// subscription. The texts hold nothing of the token.
  result<token_claims> verify(std::string_view token,
                              std::chrono::system_clock::time_point now) const;

private:
  /// HMAC-SHA256 with the key set, to be copied for each token; null when
  /// there is no secret.
  std::shared_ptr<const evp_mac_ctx_st> keyed_;
};

} // namespace lastseen
