#pragma once

#include "net/api/call.hpp"
#include "net/api/errors.hpp"
#include "status/counter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastseen {

/// What the HTTP listener answered since the start.
struct http_counters {
  /// The statuses that we answer with; 0 stands for any other.
  static constexpr std::array<unsigned, 18> statuses{
    0,   101, 200, 204, 400, 401, 403, 404, 405,
    413, 415, 417, 426, 431, 500, 501, 503, 505};

  std::array<counter, statuses.size()> responses; // as in `statuses`

  void add(unsigned status) noexcept {
    auto i = std::find(statuses.begin(), statuses.end(), status);
    ++responses[i == statuses.end()
                  ? 0
                  : static_cast<std::size_t>(i - statuses.begin())];
  }
};

/// What calls by gRPC were answered with since the start.
struct grpc_counters {
  enum class method : std::uint8_t {
    get_user_status,
    update_user_status,
    delete_user_status,
    info,
    batch,
  };
  /// In the order of `method`.
  static constexpr std::array<std::string_view, 5> methods{
    "get_user_status", "update_user_status", "delete_user_status", "info",
    "batch"};

  struct status {
    unsigned code;
    std::string_view name;
  };
  /// The statuses that we answer with.
  static constexpr std::array<status, 8> statuses{{{0, "OK"},
                                                   {1, "CANCELLED"},
                                                   {3, "INVALID_ARGUMENT"},
                                                   {5, "NOT_FOUND"},
                                                   {8, "RESOURCE_EXHAUSTED"},
                                                   {13, "INTERNAL"},
                                                   {14, "UNAVAILABLE"},
                                                   {16, "UNAUTHENTICATED"}}};

  using of_method = std::array<counter, statuses.size()>; // as in `statuses`
  std::array<of_method, methods.size()> responses;        // as in `methods`

  void add(method what, unsigned code) noexcept {
    auto i = std::ranges::find(statuses, code, &status::code);
    if (i != statuses.end())
      ++responses[static_cast<std::size_t>(what)]
                 [static_cast<std::size_t>(i - statuses.begin())];
  }
};

/// Calls of the server API since the start, over one of its protocols.
struct api_counters {
  using method = server_api::call_method;

  static constexpr std::array<server_api::error_code, 7> codes{
    server_api::error_code::internal,
    server_api::error_code::unknown_channel,
    server_api::error_code::not_found,
    server_api::error_code::bad_request,
    server_api::error_code::not_available,
    server_api::error_code::unrecoverable_position,
    server_api::error_code::conflict};

  struct of_method {
    latency_histogram latency;                // of calls that were carried out
    counter users;                            // in them
    std::array<counter, codes.size()> errors; // as in `codes`; of all calls
  };
  std::array<of_method, 5> methods; // as in `method`

  of_method& operator[](method x) noexcept {
    return methods[static_cast<std::size_t>(x)];
  }

  const of_method& operator[](method x) const noexcept {
    return methods[static_cast<std::size_t>(x)];
  }

  void add(method what, server_api::error_code code) noexcept {
    auto i = std::find(codes.begin(), codes.end(), code);
    ++(*this)[what].errors[static_cast<std::size_t>(i - codes.begin())];
  }
};

} // namespace lastseen
