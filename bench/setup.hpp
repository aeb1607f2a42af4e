#pragma once

#include "bench/process.hpp"
#include "bench/users.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace lastseen::bench {

/// The secrets of the service under test; it listens on loopback only.
inline constexpr auto api_key = "bench-key";
inline constexpr auto hmac_secret = "bench-secret";

/// A directory below /tmp that goes, with all in it, with the object.
class temp_dir {
public:
  temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  const std::filesystem::path& path() const noexcept {
    return path_;
  }

private:
  std::filesystem::path path_;
};

/// A program that listens on 127.0.0.1.
struct server {
  child process;
  std::uint16_t port = 0;
  /// Its output.
  std::filesystem::path log;
};

struct service_options {
  std::filesystem::path program;
  std::size_t threads = 2;
  std::chrono::seconds ping_interval{25};
  std::uint16_t redis_port = 0;
};

/// The last lines of what a program wrote, to explain why it failed.
std::string tail(const std::filesystem::path& log);

/// Starts redis-server without persistence and waits until it listens.
result<server> start_redis(const temp_dir& dir);

/// Starts the service on a Redis that holds `users` and waits until it answers
/// for one of them.
result<server> start_service(const temp_dir& dir,
                             const service_options& options,
                             const population& users);

/// Starts the bare server and waits until it listens.
result<server> start_bare_server(const temp_dir& dir,
                                 const std::filesystem::path& program,
                                 std::size_t threads);

/// Processor, kernel and Redis version, one a line, as a markdown list.
result<std::string> machine_facts(std::uint16_t redis_port);

} // namespace lastseen::bench
