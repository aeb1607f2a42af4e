#pragma once

#include "bench/measure.hpp"
#include "bench/users.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace lastseen::bench {

struct http_options {
  /// Of the server API on 127.0.0.1.
  std::uint16_t port = 0;
  std::string api_key;
  /// Keep-alive connections with one call outstanding each.
  std::size_t connections = 32;
  /// Drawn at random for each call.
  std::size_t users_per_call = 100;
  population users;
};

/// Calls of `get_user_status`. Each answer must have status 200 and, byte for
/// byte, the body of contract B.1.
result<report> http_get(const http_options& options, const window& when);

/// Calls once for user 0: succeeds when the service reads the filled store.
result<void> http_get_once(const http_options& options);

} // namespace lastseen::bench
