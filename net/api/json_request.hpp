#pragma once

#include "status/error.hpp"
#include "status/user_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
} // namespace re2

namespace lastseen::server_api {

enum class call_method : std::uint8_t; // net/api/call.hpp

/// Bytes of a user ID and of a state (contract.md A.1).
inline constexpr std::size_t max_user_size = 512;
inline constexpr std::size_t max_state_size = 64;

/// A call of `update_user_status`, `get_user_status` or `delete_user_status`,
/// decoded but not validated.
struct status_request {
  /// In order; not more than the decoder was to keep.
  user_list users;
  /// How many there were.
  std::size_t user_count = 0;
  /// `users` was there and not null.
  bool has_users = false;
  /// Of an update. Absent is not the same as empty, which clears.
  std::optional<std::string> state;
  /// Of a get: answer what can be read.
  bool allow_partial = false;
};

/// Decodes the body of `POST /api/<method>`: one JSON object, for example
/// `{"users":["42"],"state":"away"}`. `null` is an empty request; a field or
/// element that is null is absent or empty; of a key that is there twice the
/// last counts; keys that the method does not have are ignored. Keeps the first
/// `max_users` users and counts the rest. An error is `ec::bad_request` (HTTP
/// 400) and says what and where: `users: not a list of strings at byte 12`.
result<status_request> parse_status_request(call_method of,
                                            std::string_view body,
                                            std::size_t max_users);

/// What the settings allow.
struct request_limits {
  std::size_t max_users = 10'000;
  /// Unanchored; null: any state. Must outlive the limits.
  const re2::RE2* state_regex = nullptr;
};

/// Whether a decoded request may run. An error is `ec::bad_request` (code 107)
/// and its text is the message of the reply: `bad request: users: at most
/// 10000, got 12000`. What the decoder did not keep is too much as well.
result<void> validate(const status_request& request,
                      const request_limits& limits);

/// The same for a state alone. The empty one, which clears, always passes.
result<void> validate_state(std::string_view state, const re2::RE2* regex);

} // namespace lastseen::server_api
