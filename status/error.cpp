#include "status/error.hpp"

#include <stdexcept>

namespace lastseen {

std::string_view to_string(ec code) noexcept {
  switch (code) {
    case ec::bad_config:
      return "bad_config";
    case ec::bad_request:
      return "bad_request";
    case ec::unauthorized:
      return "unauthorized";
    case ec::token_expired:
      return "token_expired";
    case ec::unavailable:
      return "unavailable";
    case ec::not_ready:
      return "not_ready";
    case ec::rejected:
      return "rejected";
    case ec::overloaded:
      return "overloaded";
    case ec::stopped:
      return "stopped";
  }
  return "unknown";
}

void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw std::logic_error("unchecked error: " + e.what);
}

} // namespace lastseen
