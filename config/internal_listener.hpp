#pragma once

#include "config/config.hpp"

namespace lastseen::config {

/// Whether the server API and monitoring have a listener of their own (contract
/// B.7.1).
inline bool has_internal_listener(const http_server& x) {
  return (x.internal_port != 0 && x.internal_port != x.port)
         || (!x.internal_address.empty() && x.internal_address != x.address);
}

} // namespace lastseen::config
