#pragma once

#include "cli/exchange.hpp"
#include "status/error.hpp"

#include <string>
#include <string_view>

namespace lastseen::cli {

/// Where a server API is.
struct api_address : peer {
  /// Before the method: `/api`.
  std::string prefix;
};

/// Reads `http://host[:port][/prefix]`, or `https://`; without a port 80 or
/// 443, without a prefix `/api`. An IPv6 address is in brackets.
result<api_address> parse_api_address(std::string_view url);

/// Calls a method and waits for its answer, 10 seconds at most.
/// @returns the body, which is JSON; an error names the address.
result<std::string> call_api(const api_address& where, std::string_view key,
                             std::string_view method, std::string_view body);

} // namespace lastseen::cli
