#pragma once

#include "bench/measure.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace lastseen::bench {

struct ws_options {
  /// Of the WebSocket endpoint on 127.0.0.1.
  std::uint16_t port = 0;
  std::size_t connections = 500;
  /// RPCs of one connection that wait for their reply at the same time; each
  /// is a frame of its own, those of one turn go out in one send.
  std::size_t outstanding = 1;
  /// Signs the tokens; each connection is a user of its own.
  std::string hmac_secret;
  /// The clients speak Protobuf; only of `ws_idle`.
  bool protobuf = false;
};

/// Activity RPCs, each answered by exactly `{"id":N,"rpc":{"data":{}}}`, in the
/// order of the requests.
result<report> ws_rpc(const ws_options& options, const window& when);

/// Connections that only answer pings, which are the operations reported.
/// Every connection must get one per ping interval of its connect reply.
result<report> ws_idle(const ws_options& options, const window& when);

} // namespace lastseen::bench
