#pragma once

#include "net/api/carry_out.hpp"
#include "net/api/json_response.hpp"

#include <cstdint>
#include <span>
#include <string>

/// The replies to calls in JSON. All functions append but the last one.
namespace lastseen::server_api {

/// `{"result":{…}}` or `{"error":{…}}`; see json_response.hpp.
void append_reply(std::string& out, const call_reply& x, std::uint32_t id = 0);

/// The same in a batch (contract.md B.2.7): `{"get_user_status":{…}}` or
/// `{"error":{…}}`.
void append_batch_reply(std::string& out, const call_reply& x);

/// The body of the answer to a batch: `{"replies":[…]}`, or `{}` for none.
std::string join_batch(std::span<const std::string> replies);

} // namespace lastseen::server_api
