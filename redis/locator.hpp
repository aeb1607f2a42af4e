#pragma once

#include "config/redis_address.hpp"
#include "status/error.hpp"

#include <functional>
#include <string>

namespace lastseen::redis {

/// Tells a connection where its server is, each time that it is made.
class locator {
public:
  using handler = std::function<void(result<config::redis_address>)>;

  virtual ~locator() = default;

  /// What is looked for, for errors: the name of a master.
  virtual const std::string& target() const noexcept = 0;

  /// Looks for it and calls `done` once, possibly before it returns; a second
  /// call takes the place of the first, whose `done` is then not called. With
  /// `again` the last answer was of no use. An error says whom it asked.
  virtual void locate(bool again, handler done) = 0;
};

} // namespace lastseen::redis
