#pragma once

#include "actors/messages.hpp"
#include "net/api/errors.hpp"
#include "status/counter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

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

/// Calls of the server API since the start, over one of its protocols.
struct api_counters {
  using method = api_request::method;

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
  std::array<of_method, 3> methods;

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
