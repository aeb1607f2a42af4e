#pragma once

namespace lastseen {

/// What a listener serves (contract B.7.1).
struct endpoints {
  /// The transports of clients.
  bool clients = true;
  /// The server API.
  bool api = true;
  /// `/health`, `/ready`, `/metrics`.
  bool monitoring = true;
};

} // namespace lastseen
