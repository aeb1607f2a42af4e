#pragma once

#include "net/http_message.hpp"

#include <string_view>

namespace lastseen {

/// Whether a call of the server API carries `key` (contract B.2.2): in
/// `X-API-Key`; if that is missing or empty, in `Authorization: apikey KEY`;
/// or else in `?api_key=`. An empty `key` is never matched. The time taken
/// does not depend on where a wrong key differs.
bool has_api_key(const http_request& request, std::string_view key);

} // namespace lastseen
