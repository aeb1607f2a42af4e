#pragma once

#include "net/api/http_api.hpp"
#include "net/environment.hpp"

#include <optional>

namespace lastseen {

/// Answers `/health`, `/ready`, `/metrics` and `/swagger/openapi.json`, as far
/// as the settings serve them, and where these say; nothing for any other path.
/// For GET and HEAD; `/health` for any method (contract B.7.1).
///
/// `/health`: 200 with `{}` as long as the process serves requests. `/ready`:
/// 200 with `{"ready":true}`, or 503 with `{"ready":false,"reasons":["…"]}`
/// while a shard's store cannot be reached or the service stops.
std::optional<server_api::http_answer> serve_monitoring(const environment& env,
                                                        std::string_view method,
                                                        std::string_view path);

} // namespace lastseen
