#pragma once

#include "net/api/call.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace lastseen::server_api {

/// One command of a legacy body.
struct legacy_command : call {
  /// 0 when absent.
  std::uint32_t id = 0;
};

/// Decodes the body of `POST /api` (contract.md B.2.4): JSON commands
/// `{"id":1,"method":"get_user_status","params":{…}}`, one after the other with
/// or without white space between. The method is a name in any case or the
/// number of the protocol's enum; keys come in any order. Params as in
/// `parse_status_request`.
///
/// All users of a body together are at most `max_in_body`, else every command
/// with users has a `problem`. Of more than `max_calls_in_body` commands only
/// one is left, which has it.
///
/// An error is `ec::bad_request` (HTTP 400 for the whole body) and says what
/// and where: `command 2: method: unknown at byte 71`.
result<std::vector<legacy_command>> parse_legacy(std::string_view body,
                                                 std::size_t max_users);

} // namespace lastseen::server_api
