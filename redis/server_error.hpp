#pragma once

#include "status/error.hpp"

#include <string_view>

namespace lastseen::redis {

/// What the error reply of a server means for the one who waits for it:
/// - `not_ready`: it will pass, or an operator can make it pass (LOADING,
///   READONLY, OOM, BUSY, NOSCRIPT, TRYAGAIN, CLUSTERDOWN, MASTERDOWN, MISCONF,
///   NOREPLICAS; NOAUTH, WRONGPASS, NOPERM);
/// - `rejected`: anything else.
/// Of a script's error the one counts that its command had: Redis 6 wraps it,
/// as in `ERR Error running script (call to f_…): @user_script:9: -OOM …`.
ec meaning(std::string_view reply) noexcept;

} // namespace lastseen::redis
