#pragma once

#include "status/error.hpp"

#include <string_view>

namespace lastseen::redis {

/// The code that an error reply begins with: `READONLY`. Of a script's error it
/// is the one that its command had: Redis 6 wraps it, as in `ERR Error running
/// script (call to f_…): @user_script:9: -OOM …`.
std::string_view code_of(std::string_view reply) noexcept;

/// What the error reply of a server means for the one who waits for it:
/// - `not_ready`: it will pass, or an operator can make it pass (LOADING,
///   READONLY, OOM, BUSY, NOSCRIPT, TRYAGAIN, CLUSTERDOWN, MASTERDOWN, MISCONF,
///   NOREPLICAS; NOAUTH, WRONGPASS, NOPERM);
/// - `rejected`: anything else.
ec meaning(std::string_view reply) noexcept;

/// `error::cause` of an error reply or of what ended a connection: the code of
/// a reply that is `not_ready`, `timeout`, `not connected`, or empty.
std::string_view cause_of(std::string_view why) noexcept;

} // namespace lastseen::redis
