#pragma once

#include "config/fields.hpp"

#include <cstdint>
#include <span>
#include <string_view>

/// What the tables that make up `fields` have in common.
namespace lastseen::config {

/// The key of a field and its place in the tree. To be undefined after the
/// table.
#define KEY(path) \
  .key = #path, .at = +[](settings & x) -> auto& { \
    return x.path; \
  }

/// Those below `grpc_api`.
std::span<const field> grpc_fields();

/// Those below `client`.
std::span<const field> client_fields();

/// Those below `user_status`.
std::span<const field> user_status_fields();

/// A bound of sizes.
inline constexpr std::uint64_t gib = 1024UL * 1024 * 1024;

/// Text without control characters, and not empty.
bool is_name(std::string_view x);

/// Where to listen: an IP address, `localhost`, or empty.
bool is_listen_address(std::string_view x);
inline constexpr std::string_view listen_address_rule =
  "an IP address, `localhost`, or empty";

/// `transport` or empty.
bool is_error_mode(std::string_view x);
inline constexpr std::string_view error_mode_rule = "`transport` or empty";

} // namespace lastseen::config
