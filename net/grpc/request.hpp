#pragma once

#include "net/api/json_batch.hpp"
#include "net/api/json_request.hpp"
#include "status/error.hpp"

#include <cstddef>
#include <string_view>

/// The server API over gRPC (contract.md B.3): its messages and its listener.
namespace lastseen::grpc_api {

/// Decodes an `UpdateUserStatusRequest`, `GetUserStatusRequest` or
/// `DeleteUserStatusRequest`, which differ in optional fields only; others are
/// skipped. Keeps the first `max_users` users and counts the rest. An error is
/// `ec::bad_request` and says what and where: `users[3]: not UTF-8`.
result<server_api::status_request>
decode_status_request(server_api::call_method of, std::string_view message,
                      std::size_t max_users);

/// Decodes a `BatchRequest` by the rules of `server_api::parse_batch`.
result<server_api::batch_request> decode_batch(std::string_view message,
                                               std::size_t max_users);

} // namespace lastseen::grpc_api
