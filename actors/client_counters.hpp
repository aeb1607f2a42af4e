#pragma once

#include "actors/client_codes.hpp"
#include "actors/command.hpp"
#include "status/counter.hpp"

#include <array>
#include <cstddef>
#include <iterator>

namespace lastseen {

/// What clients did and what they were told since the start.
struct client_counters {
  counter connections; // that began, with or without a `connect`
  std::array<counter,
             std::size_t{1}
               + static_cast<std::size_t>(protocol::command_kind::other)>
    commands; // by kind; pongs are not among them
  counter pongs;
  std::array<counter, std::size(protocol::errors)> errors; // as in `errors`
  // By our side; as in `disconnects`.
  std::array<counter, std::size(protocol::disconnects)> disconnects;

  void add(protocol::command_kind x) noexcept {
    ++commands[static_cast<std::size_t>(x)];
  }

  void add(protocol::error_code x) noexcept {
    ++errors[static_cast<std::size_t>(&protocol::describe(x)
                                      - std::begin(protocol::errors))];
  }

  void add(protocol::disconnect_code x) noexcept {
    for (std::size_t i = 0; i < disconnects.size(); ++i)
      if (protocol::disconnects[i].code == x)
        ++disconnects[i];
  }
};

} // namespace lastseen
