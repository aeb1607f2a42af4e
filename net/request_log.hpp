#pragma once

#include "status/clock.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lastseen {

/// The request ID that a client gave (`X-Request-ID`) if it is at most 128
/// letters, digits and `-_.:=+/@`; else empty.
std::string_view valid_request_id(std::string_view given) noexcept;

/// A new one: 16 random hexadecimal digits.
std::string make_request_id();

/// The line of an HTTP header that gives an ID back; empty for none.
std::string request_id_field(std::string_view id);

/// A request by HTTP or gRPC, for its line in the access log.
struct request_log {
  std::string method;
  std::string path; // without the query, which may hold secrets
  std::string request_id;
  local_time began;

  /// Long texts are cut.
  request_log(std::string_view method, std::string_view path,
              std::string_view id, local_time now);

  /// Writes the line. `status` is that of HTTP, or of gRPC.
  void write(unsigned status, std::size_t body_size, local_time now) const;
};

} // namespace lastseen
