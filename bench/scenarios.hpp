#pragma once

#include "bench/setup.hpp"
#include "bench/table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lastseen::bench {

/// What to run. The defaults are what the limits are made for.
struct plan {
  std::filesystem::path service;
  std::filesystem::path bare_server;
  /// Names out of `scenario_names()`; empty: all.
  std::vector<std::string> only;
  std::size_t rounds = 3;
  std::chrono::seconds length{4};
  /// Of the service and of the bare server.
  std::size_t threads = 2;
  /// Users in Redis.
  std::size_t users = 1'000'000;
  std::size_t idle_connections = 10'000;
  std::chrono::seconds ping_interval{25};
};

std::vector<std::string> scenario_names();

/// Runs the scenarios one after another against servers of their own, each in
/// turn with its baseline. `say` gets a line whenever something was done.
/// All servers are stopped on return.
result<std::vector<row>> run(const plan& what,
                             const std::function<void(std::string)>& say);

} // namespace lastseen::bench
