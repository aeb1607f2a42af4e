#pragma once

#include <cstdint>
#include <string_view>

/// The server API, whatever its encoding (contract.md B.2 and B.3).
namespace lastseen::server_api {

/// The code of an error reply (contract.md B.2.5).
enum class error_code : std::uint16_t {
  internal = 100,
  unknown_channel = 102,
  not_found = 104,
  bad_request = 107,
  not_available = 108,
  unrecoverable_position = 112,
  conflict = 113,
};

/// What a code means; the message of its reply begins so, or is just that.
constexpr std::string_view message_of(error_code code) noexcept {
  switch (code) {
    case error_code::internal:
      return "internal server error";
    case error_code::unknown_channel:
      return "unknown channel";
    case error_code::not_found:
      return "not found";
    case error_code::bad_request:
      return "bad request";
    case error_code::not_available:
      return "not available";
    case error_code::unrecoverable_position:
      return "unrecoverable position";
    case error_code::conflict:
      return "conflict";
  }
  return "internal server error";
}

/// The status of an HTTP answer that has the error instead of a result.
constexpr unsigned http_status_of(error_code code) noexcept {
  switch (code) {
    case error_code::unknown_channel:
    case error_code::not_found:
      return 404;
    case error_code::bad_request:
    case error_code::not_available:
      return 400;
    case error_code::unrecoverable_position:
      return 416;
    case error_code::conflict:
      return 409;
    case error_code::internal:
      break;
  }
  return 500;
}

/// The same over gRPC.
constexpr unsigned grpc_status_of(error_code code) noexcept {
  switch (code) {
    case error_code::unknown_channel:
    case error_code::not_found:
      return 5; // NOT_FOUND
    case error_code::bad_request:
    case error_code::not_available:
      return 3; // INVALID_ARGUMENT
    case error_code::unrecoverable_position:
      return 11; // OUT_OF_RANGE
    case error_code::conflict:
      return 6; // ALREADY_EXISTS
    case error_code::internal:
      break;
  }
  return 13; // INTERNAL
}

} // namespace lastseen::server_api
