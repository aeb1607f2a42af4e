#pragma once

#include "net/http_message.hpp"
#include "status/clock.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lastseen {

/// The request ID that a client gave (`X-Request-ID`), if it is at most 128
/// letters, digits and `-_.:=+/@`; else empty.
std::string_view given_request_id(const http_request& request) noexcept;

/// A new one: 16 random hexadecimal digits.
std::string make_request_id();

/// A request, for its line in the access log.
struct request_log {
  std::string method;
  std::string path; // without the query, which may hold secrets
  std::string request_id;
  local_time began;

  request_log(const http_request& request, std::string_view id, local_time now);

  /// Writes the line.
  void write(unsigned status, std::size_t body_size, local_time now) const;
};

} // namespace lastseen
