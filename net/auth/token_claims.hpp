#pragma once

#include "config/config.hpp"
#include "status/error.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace re2 {
class RE2;
}

namespace lastseen {

/// What a connection token says (contract B.5.2).
struct token_claims {
  /// At most 512 bytes of UTF-8, empty for an anonymous user.
  std::string user;
  /// When the connection expires: `expire_at` where given (0 for never), else
  /// `exp`; absent for never. With `expire_at` it may be past already. Times
  /// after the year 2255 count as 2255.
  std::optional<std::chrono::system_clock::time_point> expires_at;
};

/// What claims must be. Immutable, so any thread may use it.
class claim_rules {
public:
  using time_point = std::chrono::system_clock::time_point;

  static constexpr std::size_t max_user_size = 512;

  /// The clock of who made a token may be this much ahead of ours. There is no
  /// leeway for `exp`: a client that is told so gets a new token.
  static constexpr std::chrono::seconds not_before_leeway{5};

  /// REQUIRES: the settings are valid.
  explicit claim_rules(const config::client_token& settings);

  /// Reads claims whose signature is good. Errors: `ec::token_expired` when
  /// `exp` is reached or `nbf` is not; `ec::unauthorized` for everything else,
  /// which includes a `channel` claim, for such a token is meant for a
  /// subscription. `info`, `b64info`, `meta`, `channels` and `subs` may be
  /// anything: nothing here uses them.
  result<token_claims> read(const boost::json::object& claims,
                            time_point now) const;

private:
  std::string user_claim_;
  std::string audience_;
  std::string issuer_;
  // Null: not looked at.
  std::shared_ptr<const re2::RE2> audience_regex_;
  std::shared_ptr<const re2::RE2> issuer_regex_;
};

/// The error of a token that is refused for good.
error refused_token(std::string why);

} // namespace lastseen
