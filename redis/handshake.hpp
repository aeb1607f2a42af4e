#pragma once

#include "config/redis_address.hpp"
#include "redis/reply.hpp"
#include "status/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::redis {

/// What is on the other side.
enum class peer : std::uint8_t {
  server,
  /// A server that must say that it is no replica.
  master,
  sentinel,
};

/// What is said first on every connection, all of it in one send:
///
///     AUTH [user] password   with a user or a password
///     ROLE                     of a master
///     SELECT db                with a db other than 0; not to a sentinel
///     CLIENT SETNAME name      with a name; a server may refuse it
///     SCRIPT LOAD text         with a script
///     TIME                     PING to a sentinel, which tells no time
///
/// The protocol stays RESP2, the default of a connection. No I/O, no clock.
class handshake {
public:
  /// `script` must outlive the handshake.
  handshake(const config::redis_address& address, std::string_view client_name,
            std::string_view script, peer who = peer::server);

  /// The commands. Holds the password.
  const std::string& bytes() const noexcept {
    return bytes_;
  }

  /// The names of the commands, in order: literals, for errors.
  std::vector<std::string_view> commands() const;

  /// Takes the next reply. An error names the command and ends the handshake.
  /// REQUIRES: not `done()`.
  result<void> take(const reply& answer);

  /// Whether every command was answered.
  bool done() const noexcept {
    return next_ == steps_.size();
  }

  /// The name under which the server knows the script. REQUIRES: `done()`.
  const std::string& sha() const noexcept {
    return sha_;
  }

  /// Microseconds since the Unix epoch; of a sentinel 0. REQUIRES: `done()`.
  std::int64_t server_time() const noexcept {
    return server_time_;
  }

private:
  enum class step : std::uint8_t {
    auth,
    role,
    select,
    set_name,
    load,
    time,
    ping
  };

  static std::string_view name_of(step which) noexcept;
  bool understand(step which, const reply& answer);

  std::vector<step> steps_;
  std::size_t next_ = 0;
  std::string bytes_;
  std::string sha_;
  std::int64_t server_time_ = 0;
};

} // namespace lastseen::redis
