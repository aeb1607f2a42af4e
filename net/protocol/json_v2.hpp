#pragma once

#include "net/protocol/codec.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Protocol v2 in JSON: the default of every client since Centrifugo v4.
///
/// What is in a frame: one or more commands or replies, each one JSON object,
/// joined by one '\n' (contract.md B.4.1).
namespace lastseen::protocol::json_v2 {

/// Reads the frames of any number of connections of one thread, one frame
/// after the other. Not thread-safe; keeps its memory between frames.
class decoder {
public:
  decoder();
  ~decoder();
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;

  /// Gives `to` each command of a frame, in order.
  ///
  /// A frame ends at its first malformed command: those before it have been
  /// given to `to`, and the error (`ec::bad_request`; the client is to be
  /// closed with 3501) says which, what and where, as in `command 2: syntax
  /// error at byte 7`; bytes count from the start of that command. Malformed
  /// are: an empty frame or line (one '\n' at the end of the frame is none),
  /// what is not JSON in UTF-8, nesting over 32, a field of a wrong type, an id
  /// that is not an integer from 0 to 2^32 - 1, two bodies in one command, and
  /// a command over `max_size` bytes.
  ///
  /// Keys come in any order, unknown ones are ignored, null is absent, and of
  /// a key that is there twice the last counts.
  result<void> decode(std::string_view frame, command_sink to,
                      std::size_t max_size = any_size);

  /// Gives `to` a connect command with id 1 whose body is `text`.
  result<void> decode_connect(std::string_view text, command_sink to);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// The appenders make one reply each, without the '\n' between two.

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x);

/// The body alone, which is also that of a push.
void append_connect_body(std::string& out, const connect_result& x);

/// The answer to `update_user_status`: empty data.
void append_rpc(std::string& out, std::uint32_t id);

/// `ttl` as in `connect_result`.
void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl);

/// Whether it is temporary goes with the code, and so does the message unless
/// one is given.
void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message = {});

/// The server's ping, and what a client answers.
void append_ping(std::string& out);

/// The end of a stream, as a push.
void append_disconnect(std::string& out, disconnect_code code);

/// The push alone: `{"disconnect":{…}}`.
void append_disconnect_push(std::string& out, disconnect_code code);

} // namespace lastseen::protocol::json_v2
