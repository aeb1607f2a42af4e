#pragma once

#include "net/protocol/codec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Protocol v2 in Protobuf: the messages of client.proto.
///
/// What is in a frame: one or more commands or replies, each after its length
/// as an unsigned varint (contract.md B.4.1). Written by hand on the library's
/// streams: its message objects would allocate for each command. The field
/// numbers are those of client.proto.
namespace lastseen::protocol::protobuf_v2 {

/// Gives `to` each command of a frame, in order.
///
/// A frame ends at its first malformed command: those before it have been given
/// to `to`, and the error (`ec::bad_request`; the client is to be closed with
/// 3501) says which and where, as in `command 2: malformed at byte 7`; bytes
/// count from the start of the frame. Malformed are: an empty frame, a length
/// over `max_size` or beyond the frame's end, what is not Protobuf, and two
/// bodies in one command.
/// Unknown fields are skipped, and so are known ones of another wire type.
/// Data of an rpc that is not JSON is the rpc's own problem
/// (`command::bad_data`).
result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size = any_size);

/// The appenders make one reply each, length included.

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x);

/// The answer to `update_user_status`: the data is `{}`.
void append_rpc(std::string& out, std::uint32_t id);

/// `ttl` as in `connect_result`.
void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl);

/// Whether it is temporary goes with the code, and so does the message unless
/// one is given.
void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message = {});

/// The server's ping, and what a client answers: a message without content.
void append_ping(std::string& out);

/// The end of a stream, as a push.
void append_disconnect(std::string& out, disconnect_code code);

} // namespace lastseen::protocol::protobuf_v2
