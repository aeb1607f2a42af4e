#pragma once

#include "net/api/http_api.hpp"
#include "net/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lastseen {

/// What was agreed on with a client.
struct handshake {
  /// It speaks Protobuf, not JSON.
  bool protobuf = false;
  /// It is to be pinged by ping frames.
  bool frame_pings = false;
  /// Messages may be compressed, by permessage-deflate.
  bool deflate = false;
};

/// What a request for a WebSocket is answered with if it is none (RFC 6455,
/// section 4.2; contract B.4.1): 400, not a proper upgrade; 405, not a GET.
/// Nothing if it is one. The origin is not looked at: see `origin_allowed`.
std::optional<server_api::http_answer>
refuse_handshake(const http_request& request);

/// Appends the response 101 to a request for a WebSocket, with `fields`, header
/// lines that are whole: the bytes after the request are frames. The only
/// extension ever agreed on is permessage-deflate, if it is `compression`, by
/// the first offer that will do. Protobuf is chosen by the subprotocol
/// `centrifuge-protobuf`, by `format=protobuf` or by `cf_protocol=protobuf` in
/// the query; of the subprotocols offered the first known one is agreed on.
/// `cf_ws_frame_ping_pong=true` asks for ping frames. REQUIRES: it is not
/// refused.
handshake accept_handshake(const http_request& request, bool compression,
                           std::string_view fields, std::string& out);

/// The value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
std::string accept_key(std::string_view key);

} // namespace lastseen
