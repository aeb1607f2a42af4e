#pragma once

#include "status/record.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace lastseen {

/// How long things are kept. REQUIRES: delete_guard <= expire_interval.
struct retention {
  /// A user is forgotten this long after the last update of any field.
  std::chrono::milliseconds expire_interval = std::chrono::hours{744};
  /// How long a delete is remembered.
  std::chrono::milliseconds delete_guard = std::chrono::hours{1};

  friend bool operator==(const retention&, const retention&) = default;
};

/// What a store must do with a user.
enum class merge_action : std::uint8_t {
  /// Nothing changed: write nothing and leave the time to live.
  keep,
  /// Store `value` until `expires_at`.
  put,
  /// Remove the key.
  erase,
};

/// The outcome of `merge`.
struct merged {
  merge_action action = merge_action::keep;
  /// What the user's record is now, whatever the action.
  record value;
  /// For `put`: when the key expires, on the shard's clock.
  stamp expires_at = 0;
  /// A field of the update was dropped: older than `expire_interval`.
  bool expired = false;
  /// A field of the update was dropped: older than `delete_guard`, and there
  /// is no record that it could merge into.
  bool guarded = false;
  /// A field of the update was dropped: not newer than the stored delete.
  bool deleted = false;
};

/// The one merge of updates and deletes, for one user. The Lua script of
/// redis/ does the same; a property test holds the two equal. In this order:
///
/// 1. times of `update` later than `now` become `now`: nothing is in the
/// future;
/// 2. fields of `update` with `now - time >= expire_interval` are dropped;
/// 3. without a stored record, fields (not the delete) with
///    `now - time >= delete_guard` are dropped: a forgotten delete may have
///    been later than they;
/// 4. the two are joined (see `join`); if that changes nothing: `keep`;
/// 5. a delete and the time of a cleared state are forgotten `delete_guard`
///    after they happened;
/// 6. the key lives until `newest + expire_interval`, or `deleted +
///    delete_guard` where nothing but the delete is left; a record that is
///    empty or past that is erased (`keep` if there was none).
///
/// `stored` is absent for no key, a value that does not parse, or a key of
/// another type.
merged merge(const std::optional<record>& stored, record update, stamp now,
             const retention& keep);

} // namespace lastseen
