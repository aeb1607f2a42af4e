#pragma once

#include "bench/loopback.hpp"
#include "bench/users.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::bench {

/// A blocking connection to a Redis server on 127.0.0.1.
class redis_client {
public:
  static result<redis_client> connect(std::uint16_t port);

  /// Sends `GET` or `INFO` and the like: the answer is a bulk string. Empty
  /// when there is none.
  result<std::string> bulk(const std::vector<std::string_view>& command);

  /// Writes all users of the population, in the service's own form, with the
  /// expiry that the service would give them.
  result<void> fill(const population& users);

private:
  explicit redis_client(descriptor fd) : fd_(std::move(fd)) {}

  descriptor fd_;
};

/// The key of a user under the default prefix.
std::string status_key(std::string_view user);

} // namespace lastseen::bench
