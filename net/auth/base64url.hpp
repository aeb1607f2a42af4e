#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lastseen {

/// Decodes base64url (RFC 4648, section 5) in its only form: no padding, no
/// other characters, unused bits zero. Nothing when `text` is anything else.
std::optional<std::string> decode_base64url(std::string_view text);

} // namespace lastseen
