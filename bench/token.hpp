#pragma once

#include <string>
#include <string_view>

namespace lastseen::bench {

/// A connection token (contract B.5) of `user`, signed with HS256, which
/// expires in an hour.
std::string make_token(std::string_view user, std::string_view secret);

} // namespace lastseen::bench
