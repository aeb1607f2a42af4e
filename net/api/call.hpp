#pragma once

#include "net/api/errors.hpp"
#include "net/api/json_request.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastseen::server_api {

/// The methods of the server API that a call, a command of a legacy body or of
/// a batch may name.
enum class call_method : std::uint8_t {
  update_user_status,
  get_user_status,
  delete_user_status,
  info,
  /// Known to the protocol but not served, or an unknown number: code 104. A
  /// legacy command without a method is `publish`, one of these.
  other,
};

/// The name in paths and keys; empty for `other`.
std::string_view name_of(call_method x) noexcept;

/// The method of that name, in lower case; nothing if it is none of ours.
std::optional<call_method> call_method_of(std::string_view name) noexcept;

/// One call, decoded but not validated.
struct call {
  call_method method = call_method::other;
  /// Of the three methods on users; has what the method knows only.
  status_request request = {};
  /// Empty, or why it cannot run: the message of code 107.
  std::string problem = {};
};

/// Users of all calls of one body together (contract.md A.2).
constexpr std::size_t max_in_body(std::size_t max_users) noexcept {
  return 10 * max_users;
}

/// Calls of one body, which have to be kept: not fewer than users, so that it
/// is those that count when each call names one.
constexpr std::size_t max_calls_in_body(std::size_t max_users) noexcept {
  return std::max<std::size_t>(100'000, max_in_body(max_users));
}

/// Why the calls with users of one body cannot run; empty if they can: there
/// are too many users in all of them together.
std::string too_many_users(std::size_t total, std::size_t max_users);

/// Why no call of a body can run; empty if they can: there are too many.
std::string too_many_calls(std::size_t total, std::size_t max_users);

} // namespace lastseen::server_api
