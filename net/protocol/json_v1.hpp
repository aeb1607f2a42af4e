#pragma once

#include "net/protocol/codec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Protocol v1 in JSON, as centrifuge-js 2.x speaks it: a command is
/// `{"id":2,"method":9,"params":{…}}`, a reply `{"id":2,"result":{…}}`
/// (contract.md B.9). Frames are those of `json_v2`.
namespace lastseen::protocol::json_v1 {

/// Whether a connection whose first frame this is speaks v1: its first command
/// has `params` or `method`. What is malformed does not.
bool begins_with(std::string_view frame);

/// Gives `to` each command of a frame, in order; on errors see
/// `json_v2::decoder::decode`. `method` is the number, or the name in any case;
/// absent or null: connect. One that is unknown makes `command_kind::none`.
result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size = any_size);

/// The appenders make one reply each, without the '\n' between two.

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x);

/// The answer to `update_user_status`: empty data.
void append_rpc(std::string& out, std::uint32_t id);

/// `ttl` as in `connect_result`.
void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl);

/// The answer to a client's ping.
void append_pong(std::string& out, std::uint32_t id);

/// The message is the one that goes with the code unless one is given.
void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message = {});

/// The reason of a close frame: advice in JSON, without which these clients
/// come back whatever the code.
void append_close_reason(std::string& out, disconnect_code code);

} // namespace lastseen::protocol::json_v1
