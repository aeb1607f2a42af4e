#pragma once

#include "net/auth/signature.hpp"
#include "status/clock.hpp"
#include "status/error.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace lastseen {

/// A key of a set, which tokens name by its `kid`.
struct token_key {
  public_key key;
  /// The only algorithm it is for; empty: any of its kind.
  std::string algorithm;
};

using token_keys =
  std::map<std::string, std::shared_ptr<const token_key>, std::less<>>;

/// Reads a JWK set (RFC 7517, section 5). Keys that cannot verify a token are
/// left out: without `kid`, for another use than `sig`, or not one that
/// `public_key` takes. Of equal names the first counts. `ec::bad_request` when
/// it is no set at all.
result<token_keys> read_token_keys(std::string_view json);

/// Where the keys of a set come from.
class key_source {
public:
  virtual ~key_source() = default;

  /// The key of that name, for a token that came at `since`. Errors:
  /// `ec::unauthorized`, there is none; `ec::not_ready`, it is looked for: ask
  /// again when that has ended; `ec::unavailable`, it cannot be looked for.
  virtual result<std::shared_ptr<const token_key>> find(std::string_view kid,
                                                        local_time since) = 0;
};

} // namespace lastseen
