#pragma once

#include "status/error.hpp"

#include <chrono>
#include <string>

namespace lastseen::cli {

/// A server, and how to reach it.
struct peer {
  std::string host;
  std::string port;
  bool tls = false;
  /// The file of whom to trust; empty: the system's authorities.
  std::string ca;
  /// The files of the certificate that is shown, and of its key; empty: none.
  std::string cert;
  std::string cert_key;
};

/// Connects, sends a request and reads until the server closes. Errors:
/// `ec::unavailable`, the cause alone; `ec::bad_request`, of the files.
result<std::string> exchange(const peer& with, const std::string& request,
                             std::chrono::milliseconds patience);

} // namespace lastseen::cli
