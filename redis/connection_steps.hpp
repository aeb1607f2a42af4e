#pragma once

#include "redis/connection.hpp"

#include <chrono>
#include <string>
#include <utility>

/// What the steps of a connection have in common, for its source files only.
namespace lastseen::redis {

/// `4s`, `250ms`.
inline std::string to_text(std::chrono::milliseconds x) {
  if (x.count() % 1000 == 0)
    return std::to_string(x.count() / 1000) + "s";
  return std::to_string(x.count()) + "ms";
}

// Makes a callback that keeps the connection alive and does nothing once
// another attempt has begun.
template <class F>
auto connection::guarded(F f) {
  return [self = shared_from_this(), attempt = attempt_,
          f = std::move(f)](auto... args) {
    if (attempt == self->attempt_)
      f(args...);
  };
}

// Calls `f` with the stream and with what must live as long as it is used.
template <class F>
void connection::on_stream(F f) {
  if (encrypted_)
    f(*encrypted_, encrypted_);
  else
    f(socket_, encrypted_);
}

template <class F>
void connection::after(std::chrono::milliseconds wait, F f) {
  timer_.expires_after(wait);
  timer_.async_wait(guarded([f = std::move(f)](const error_code& failed) {
    if (!failed)
      f();
  }));
}

} // namespace lastseen::redis
