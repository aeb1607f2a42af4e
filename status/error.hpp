#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lastseen {

/// Every way in which something can fail, in the whole program.
enum class ec : std::uint8_t {
  /// A setting has a wrong type, an illegal value, or contradicts another.
  bad_config,
  /// What a client or backend sent cannot be understood or is not allowed.
  bad_request,
  /// No or a wrong key or token.
  unauthorized,
  /// A token that was valid once.
  token_expired,
  /// The store cannot be reached, or the answer did not come in time. The
  /// outcome of a write is unknown. Trying again makes sense.
  unavailable,
  /// The store is there but cannot serve now (LOADING, READONLY, OOM, BUSY …).
  /// Trying again makes sense.
  not_ready,
  /// The store refuses this very command; trying again does not help.
  rejected,
  /// A bound of ours is reached (pending users, waiting reads).
  overloaded,
  /// The service is stopping.
  stopped,
};

/// The name of a code, as in the logs.
std::string_view to_string(ec code) noexcept;

/// What went wrong. `what` names the operation and the object, for example
/// `redis 10.0.0.5:6379: EVALSHA: timeout after 4s`. It holds no secret.
struct error {
  ec code = ec::unavailable;
  std::string what;
  /// What is behind the code, as one word for counters: `timeout`, `LOADING`.
  /// A literal; empty: the code says it all.
  std::string_view cause = {};
};

/// A value or an error: the error type everywhere; we throw no exceptions.
template <class T>
using result = boost::system::result<T, error>;

/// Called by Boost when `value()` is asked of an error, which is a bug.
[[noreturn]] void throw_exception_from_error(const error& e,
                                             const boost::source_location&);

} // namespace lastseen
