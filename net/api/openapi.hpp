#pragma once

#include <string>
#include <string_view>

namespace lastseen::server_api {

/// The description of the server API below `prefix` as an OpenAPI 3 document:
/// openapi.json, put into the program at build time.
std::string openapi_document(std::string_view prefix);

} // namespace lastseen::server_api
