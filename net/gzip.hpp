#pragma once

#include "status/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// Bodies in the content coding `gzip` (RFC 1952), by zlib.
namespace lastseen {

/// Compresses, for speed rather than size.
std::string gzip(std::string_view text);

/// What `bytes`, one or more gzip members, stand for. Allocates no more than
/// about twice what comes out. Errors: `ec::bad_request`, not valid;
/// `ec::overloaded`, more than `max_size` bytes would come out.
result<std::string> gunzip(std::string_view bytes, std::size_t max_size);

/// Whether a field `Accept-Encoding` allows an answer in gzip: it names `gzip`,
/// `x-gzip` or `*` with a weight that is not 0.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

} // namespace lastseen
