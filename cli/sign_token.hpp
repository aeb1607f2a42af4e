#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lastseen::cli {

/// A connection token of a user: a JSON Web Token signed with HS256.
std::string sign_token(std::string_view user, std::chrono::sys_seconds issued,
                       std::optional<std::chrono::sys_seconds> expires,
                       std::string_view secret);

} // namespace lastseen::cli
