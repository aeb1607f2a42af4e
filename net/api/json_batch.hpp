#pragma once

#include "net/api/call.hpp"

#include <string_view>
#include <vector>

namespace lastseen::server_api {

/// A call of `batch`, decoded.
struct batch_request {
  std::vector<call> commands;
  /// Several at the same time; else one after the other.
  bool parallel = false;

  std::size_t at_once() const noexcept {
    return parallel ? 1024 : 1;
  }
};

/// Decodes the body of `POST /api/batch` (contract.md B.2.7):
/// `{"commands":[{"get_user_status":{"users":["42"]}}],"parallel":true}`.
/// `null` is an empty request. Of a command the first key that names a method
/// and is not null counts; without one it is `other`. A command that is null
/// has a `problem`. Params as in `parse_status_request`.
///
/// Bounded as `bound` says.
///
/// An error is `ec::bad_request` (HTTP 400 for the whole body) and says what
/// and where: `commands[1]: users: not a list of strings at byte 71`.
result<batch_request> parse_batch(std::string_view body, std::size_t max_users);

/// Bounds a batch that was decoded, the first `max_calls_in_body` of its
/// `commands` kept, with so many `users` in all: over `max_in_body` users,
/// every command with users has a `problem`; of too many commands only one is
/// left, which has it.
void bound(batch_request& x, std::size_t commands, std::size_t users,
           std::size_t max_users);

} // namespace lastseen::server_api
