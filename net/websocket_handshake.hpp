#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>

namespace lastseen {

/// Appends the answer to a request for a WebSocket (RFC 6455, section 4.2;
/// contract B.4.1) and returns its status:
/// - 101: the bytes after the request are frames;
/// - 400: not a proper upgrade, or one that asks for Protobuf;
/// - 405: not a GET.
/// After all but 101 close the connection. The origin is not looked at: see
/// `origin_allowed`. No extension is ever agreed on; of the subprotocols
/// offered only `centrifuge-json` is.
unsigned answer_handshake(const http_request& request, std::string& out);

/// The value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
std::string accept_key(std::string_view key);

} // namespace lastseen
