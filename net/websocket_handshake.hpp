#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>

namespace lastseen {

/// What came of a request for a WebSocket.
struct handshake {
  unsigned status = 400;
  /// Of 101: the client speaks Protobuf, not JSON.
  bool protobuf = false;
  /// Of 101: the client is to be pinged by ping frames.
  bool frame_pings = false;
  /// Of 101: messages may be compressed, by permessage-deflate.
  bool deflate = false;
};

/// Appends the answer to a request for a WebSocket (RFC 6455, section 4.2;
/// contract B.4.1). The status is
/// - 101: the bytes after the request are frames;
/// - 400: not a proper upgrade;
/// - 405: not a GET.
/// After all but 101 close the connection. The origin is not looked at: see
/// `origin_allowed`. The only extension ever agreed on is permessage-deflate,
/// if it is `compression`, by the first offer that will do. Protobuf is chosen
/// by the subprotocol `centrifuge-protobuf`, by `format=protobuf` or by
/// `cf_protocol=protobuf` in the query; of the subprotocols offered the first
/// known one is agreed on. `cf_ws_frame_ping_pong=true` asks for ping frames.
handshake answer_handshake(const http_request& request, bool compression,
                           std::string& out);

/// The value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
std::string accept_key(std::string_view key);

} // namespace lastseen
