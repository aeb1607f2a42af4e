#pragma once

#include <string_view>

namespace lastseen {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong
/// forms, nothing above U+10FFFF). The empty text is.
bool is_utf8(std::string_view text) noexcept;

} // namespace lastseen
