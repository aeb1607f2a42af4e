#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lastseen {

/// Whether a browser's page may connect (contract B.5.5). `origin` is the
/// header's value, empty when there is none: that is allowed. Otherwise one of
/// `allowed` must match all of it in any case, `*` standing for any
/// characters; with an empty list none does.
bool origin_allowed(std::string_view origin,
                    const std::vector<std::string>& allowed) noexcept;

/// The header fields that let a browser's page read the answer; none without
/// an `Origin`. REQUIRES: `origin_allowed`.
std::string cors_fields(const http_request& request);

} // namespace lastseen
