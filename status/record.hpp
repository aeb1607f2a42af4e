#pragma once

#include "status/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lastseen {

/// What is known of a user, and also an event that changes it: an event is a
/// record in which only the touched fields are set.
struct record {
  /// Last activity, 0 when unknown.
  stamp active = 0;
  /// Last sign of life of a connection, 0 when unknown.
  stamp online = 0;
  /// The last delete that is still remembered, 0 for none.
  stamp deleted = 0;
  /// When `state` was set or cleared, 0 for never.
  stamp changed = 0;
  /// Set by the application; empty when cleared or never set.
  std::string state;

  friend bool operator==(const record&, const record&) = default;
};

/// The newest of `active`, `online` and `changed`.
stamp newest(const record& x) noexcept;

/// Joins `from` into `into`: the larger time of each field, the state that was
/// changed last (of equal times the larger bytes); the later delete removes
/// every field that is not newer than it. Commutative, associative and
/// idempotent, so that retries and any order lead to the same record.
/// @returns whether `into` changed.
bool join(record& into, const record& from);

/// Appends the stored form: `active online [D deleted] [: changed state]`
/// without the spaces, each time 13 digits of milliseconds (docs/redis.md).
void encode(const record& x, std::string& out);

/// The stored form.
std::string encode(const record& x);

/// Reads the stored form; nothing when it is not one.
std::optional<record> decode(std::string_view text);

/// Whether `decode` can read it.
bool is_stored_form(std::string_view text);

/// The size of a form that has nothing but times, as nearly all have.
inline constexpr std::size_t bare_form_size = 26;

/// The times as a stored form has them: 13 digits of milliseconds each.
struct stored_times {
  std::string_view active;
  std::string_view online;
};

/// REQUIRES: it is a stored form.
inline stored_times times_of(std::string_view form) noexcept {
  constexpr auto digits = bare_form_size / 2;
  return {form.substr(0, digits), form.substr(digits, digits)};
}

} // namespace lastseen
