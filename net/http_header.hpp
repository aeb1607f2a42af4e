#pragma once

#include "net/http_message.hpp"

#include <cstdint>
#include <string_view>

namespace lastseen {

/// What a request's header says of its body.
struct http_framing {
  /// Not 0: the request is refused with that status, the rest is unset.
  unsigned status = 0;
  std::string_view why = {};
  bool chunked = false;
  /// The client waits for a `100 Continue` before it sends the body.
  bool expects_continue = false;
  /// Of the body, 0 when `chunked` or without one.
  std::uint64_t length = 0;
};

/// Parses `header`, which ends with its empty line, into all of `out` but the
/// body. The views of `out` point into `header`.
http_framing parse_http_header(std::string_view header, http_request& out);

} // namespace lastseen
