#pragma once

#include <cstdint>
#include <string_view>

/// The codes of the client protocol (contract.md B.4.6 and B.4.7).
namespace lastseen::protocol {

/// The code of an error reply.
enum class error_code : std::uint16_t {
  internal = 100,
  unauthorized = 101,
  unknown_channel = 102,
  permission_denied = 103,
  method_not_found = 104,
  already_subscribed = 105,
  limit_exceeded = 106,
  bad_request = 107,
  not_available = 108,
  token_expired = 109,
  expired = 110,
  too_many_requests = 111,
  unrecoverable_position = 112,
  concurrent_pagination = 113,
};

struct error_info {
  error_code code;
  std::string_view message;
  /// Trying again makes sense.
  bool temporary = false;
};

inline constexpr error_info errors[] = {
  {error_code::internal, "internal server error", true},
  {error_code::unauthorized, "unauthorized"},
  {error_code::unknown_channel, "unknown channel"},
  {error_code::permission_denied, "permission denied"},
  {error_code::method_not_found, "method not found"},
  {error_code::already_subscribed, "already subscribed"},
  {error_code::limit_exceeded, "limit exceeded"},
  {error_code::bad_request, "bad request"},
  {error_code::not_available, "not available"},
  {error_code::token_expired, "token expired"},
  {error_code::expired, "expired"},
  {error_code::too_many_requests, "too many requests", true},
  {error_code::unrecoverable_position, "unrecoverable position"},
  {error_code::concurrent_pagination, "concurrent pagination", true},
};

/// The row of `errors` for a code.
constexpr const error_info& describe(error_code code) noexcept {
  return errors[static_cast<std::uint16_t>(code) - 100];
}

/// Why a connection ends: the code of the WebSocket close frame. From 3500 on
/// a client does not come back.
enum class disconnect_code : std::uint16_t {
  shutdown = 3001,
  internal = 3004,
  expired = 3005,
  subscription_expired = 3006,
  slow = 3008,
  write_error = 3009,
  insufficient_state = 3010,
  force_reconnect = 3011,
  no_pong = 3012,
  too_many_requests = 3013,
  state_invalidated = 3014,
  invalid_token = 3500,
  bad_request = 3501,
  stale = 3502,
  force_disconnect = 3503,
  connection_limit = 3504,
  channel_limit = 3505,
  inappropriate_protocol = 3506,
  permission_denied = 3507,
  not_available = 3508,
  too_many_errors = 3509,
};

struct disconnect_info {
  disconnect_code code;
  /// Never empty and never JSON: clients read those as something else.
  std::string_view reason;
};

inline constexpr disconnect_info disconnects[] = {
  {disconnect_code::shutdown, "shutdown"},
  {disconnect_code::internal, "internal server error"},
  {disconnect_code::expired, "connection expired"},
  {disconnect_code::subscription_expired, "subscription expired"},
  {disconnect_code::slow, "slow"},
  {disconnect_code::write_error, "write error"},
  {disconnect_code::insufficient_state, "insufficient state"},
  {disconnect_code::force_reconnect, "force reconnect"},
  {disconnect_code::no_pong, "no pong"},
  {disconnect_code::too_many_requests, "too many requests"},
  {disconnect_code::state_invalidated, "state invalidated"},
  {disconnect_code::invalid_token, "invalid token"},
  {disconnect_code::bad_request, "bad request"},
  {disconnect_code::stale, "stale"},
  {disconnect_code::force_disconnect, "force disconnect"},
  {disconnect_code::connection_limit, "connection limit"},
  {disconnect_code::channel_limit, "channel limit"},
  {disconnect_code::inappropriate_protocol, "inappropriate protocol"},
  {disconnect_code::permission_denied, "permission denied"},
  {disconnect_code::not_available, "not available"},
  {disconnect_code::too_many_errors, "too many errors"},
};

/// Whether a client that is closed with it should stay away.
constexpr bool is_terminal(disconnect_code code) noexcept {
  return static_cast<std::uint16_t>(code) >= 3500;
}

/// The reason that goes with a code.
constexpr std::string_view reason_of(disconnect_code code) noexcept {
  for (const auto& x : disconnects)
    if (x.code == code)
      return x.reason;
  return "internal server error";
}

} // namespace lastseen::protocol
