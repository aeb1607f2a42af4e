#pragma once

#include "net/http_message.hpp"

#include <span>
#include <string>
#include <string_view>

namespace lastseen {

/// Whether a call of the server API carries one of `keys` (contract B.2.2): in
/// `X-API-Key`; if that is missing or empty, in `Authorization: apikey KEY`;
/// or else in `?api_key=`. An empty key is never matched. The time taken does
/// not depend on which key matches, nor on where a wrong one differs.
bool has_api_key(const http_request& request,
                 std::span<const std::string> keys);

/// The same for a call by gRPC (contract B.3), whose metadata `authorization`
/// must be exactly `apikey KEY`.
bool has_grpc_api_key(std::string_view authorization,
                      std::span<const std::string> keys);

} // namespace lastseen
