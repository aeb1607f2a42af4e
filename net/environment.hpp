#pragma once

#include "actors/connection.hpp"
#include "config/config.hpp"
#include "net/api/json_request.hpp"
#include "net/auth/jwt.hpp"
#include "net/emulation_sessions.hpp"

#include <atomic>
#include <memory>

namespace lastseen {

/// What all sessions of a node share. It outlives them and the I/O threads;
/// what is not atomic does not change while the service runs.
struct environment {
  config::settings settings;
  std::shared_ptr<lastseen::directory> directory;
  connection_env connections;
  std::shared_ptr<const re2::RE2> state_regex;
  server_api::request_limits limits; // with a pointer into state_regex

  /// The service stops: no new calls and clients.
  std::atomic<bool> stopping{false};
  /// Calls of the server API without an answer.
  std::atomic<std::size_t> calls{0};
  /// Clients that send by `/emulation`.
  emulation_sessions emulation;
  /// Client connections, with or without a user.
  std::atomic<std::size_t> clients{0};
};

/// Makes the environment of a node. REQUIRES: the settings are valid.
std::unique_ptr<environment>
make_environment(const config::settings& settings,
                 std::shared_ptr<lastseen::directory> actors);

} // namespace lastseen
