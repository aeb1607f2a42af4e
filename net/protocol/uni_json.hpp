#pragma once

#include "net/protocol/codec.hpp"

#include <string>
#include <string_view>

/// What unidirectional clients speak: the client sends the fields of a connect
/// command and nothing else, and is told pushes that are wrapped in nothing
/// (contract.md B.8.2).
namespace lastseen::protocol::uni_json {

/// Gives `to` a connect command made of `{"token":"…","name":"js"}`; its id is
/// 1, which is written nowhere. On errors see `json_v2::decoder`.
result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size = any_size);

/// The id is not written.
void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x);

void append_ping(std::string& out);

void append_disconnect(std::string& out, disconnect_code code);

} // namespace lastseen::protocol::uni_json
