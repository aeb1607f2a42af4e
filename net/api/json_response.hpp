#pragma once

#include "net/api/errors.hpp"
#include "status/record_list.hpp"
#include "status/user_list.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The replies of the server API in JSON (contract.md B.2.3 and B.2.4). All
/// functions append. A reply has an `id` in the legacy style only, and there
/// only if it is not 0.
namespace lastseen::server_api {

/// The beginning of a reply: `{`, or `{"id":7,`.
void begin_reply(std::string& out, std::uint32_t id);

/// The inside of the result of `info`, `{"nodes":[…]}`, each node an object of
/// JSON.
void append_nodes(std::string& out, std::span<const std::string> nodes);

/// `{"error":{"code":107,"message":"…"}}`.
void append_error(std::string& out, error_code code, std::string_view message,
                  std::uint32_t id = 0);

/// The inside of a get's result,
/// `{"statuses":[{"user":"42","active":1627107289,
/// "online":1627107289,"state":"away"},{"user":"43"}]}`: one per user in order,
/// times in seconds rounded down, what is unknown left out.
///
/// `failures` is for `allow_partial`: empty, or one per user, which is empty or
/// says why that user could not be read; its record is not looked at then.
/// REQUIRES: as many records as users.
void append_statuses(std::string& out, const user_list& users,
                     const record_list& records,
                     std::span<const std::string_view> failures = {});

/// The inside of an error, `{"code":107,"message":"…"}`.
void append_error_object(std::string& out, error_code code,
                         std::string_view message);

/// The body of a legacy reply: the replies of the commands in order, joined by
/// '\n', none at the end.
std::string join_legacy(std::span<const std::string> replies);

} // namespace lastseen::server_api
