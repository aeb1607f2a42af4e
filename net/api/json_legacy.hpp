#pragma once

#include "net/api/json_request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::server_api {

/// What a command of the legacy style calls.
enum class legacy_method : std::uint8_t {
  update_user_status,
  get_user_status,
  delete_user_status,
  info,
  /// Known to the protocol but not served, or an unknown number: code 104. A
  /// command without a method is `publish`, one of these.
  other,
};

/// One command of a legacy body.
struct legacy_command {
  /// 0 when absent.
  std::uint32_t id = 0;
  legacy_method method = legacy_method::other;
  /// Its params.
  status_request request;
  /// Empty, or why the params are missing or not decodable: the message of
  /// code 107, for this command alone. Comes after `other`.
  std::string problem;
};

/// Decodes the body of `POST /api` (contract.md B.2.4): JSON commands
/// `{"id":1,"method":"get_user_status","params":{…}}`, one after the other with
/// or without white space between. The method is a name in any case or the
/// number of the protocol's enum; keys come in any order. Params as in
/// `parse_status_request`.
///
/// All users of a body together are at most `10 * max_users`, else every
/// command with users has a `problem`. Memory is bounded by that too: there are
/// at most as many commands.
///
/// An error is `ec::bad_request` (HTTP 400 for the whole body) and says what
/// and where: `command 2: method: unknown at byte 71`.
result<std::vector<legacy_command>> parse_legacy(std::string_view body,
                                                 std::size_t max_users);

} // namespace lastseen::server_api
