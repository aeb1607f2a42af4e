#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lastseen {

/// Appends `text` as a JSON string, quotes included. Escapes `"`, `\` and
/// control characters; `<`, `>`, `&` and UTF-8 stay as they are. Each byte
/// that is not part of valid UTF-8 becomes U+FFFD, so that the output is JSON
/// whatever comes in (an error text of a server, say).
void append_json_string(std::string& out, std::string_view text);

/// Appends a decimal integer.
void append_int(std::string& out, std::int64_t value);

} // namespace lastseen
