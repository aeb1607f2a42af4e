#include "bench/setup.hpp"

#include "bench/http_load.hpp"
#include "bench/loopback.hpp"
#include "bench/redis_client.hpp"

#include <fstream>
#include <functional>
#include <stdlib.h>
#include <sys/utsname.h>
#include <thread>

namespace lastseen::bench {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Starts a program and asks until it serves.
result<server> start(const temp_dir& dir, const std::string& name,
                     std::uint16_t port, std::vector<std::string> command,
                     const std::function<result<void>()>& probe) {
  server x;
  x.port = port;
  x.log = dir.path() / (name + ".log");
  auto process = child::start(std::move(command), x.log);
  if (!process)
    return process.error();
  x.process = std::move(*process);
  for (auto end = clock::now() + 10s;;) {
    auto serves = probe();
    if (serves)
      return x;
    if (!x.process.alive() || clock::now() > end || interrupted())
      return error{ec::unavailable,
                   name + " does not serve: " + serves.error().what + '\n'
                     + tail(x.log)};
    std::this_thread::sleep_for(20ms);
  }
}

std::function<result<void>()> listens(std::uint16_t port) {
  return [port]() -> result<void> {
    auto fd = connect_to(port);
    return fd ? result<void>{} : fd.error();
  };
}

std::string config_of(const service_options& options, std::uint16_t port) {
  auto interval = options.ping_interval;
  auto patience = std::min<std::chrono::seconds>(8s, interval / 2);
  return "{\"http_server\":{\"address\":\"127.0.0.1\",\"port\":"
         + std::to_string(port) + "},\"http_api\":{\"key\":\"" + api_key
         + "\"},\"client\":{\"token\":{\"hmac_secret_key\":\"" + hmac_secret
         + "\"},\"stale_close_delay\":\"60s\",\"ping_interval\":\""
         + std::to_string(interval.count()) + "s\",\"pong_timeout\":\""
         + std::to_string(patience.count())
         + "s\",\"rate_limit\":{\"client_update_user_status\":{"
           "\"per_second\":0}}},\"user_status\":{\"redis\":{\"address\":"
           "\"127.0.0.1:"
         + std::to_string(options.redis_port)
         + "\"}},\"server\":{\"threads\":" + std::to_string(options.threads)
         + "},\"log\":{\"level\":\"warn\"}}\n";
}

/// The value of the first line of `text` that starts with `key`.
std::string value_of(std::string_view text, std::string_view key) {
  auto at = text.find(key);
  if (at == text.npos)
    return "unknown";
  at += key.size();
  auto value = text.substr(at, text.find_first_of("\r\n", at) - at);
  value.remove_prefix(std::min(value.size(), value.find_first_not_of("\t :")));
  return std::string{value};
}

} // namespace

temp_dir::temp_dir() {
  std::string pattern = "/tmp/lastseen-bench-XXXXXX";
  if (mkdtemp(pattern.data()) != nullptr)
    path_ = pattern;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  if (!path_.empty())
    fs::remove_all(path_, ignored);
}

std::string tail(const fs::path& log) {
  constexpr std::size_t enough = 1000;
  std::ifstream file{log};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  return text.substr(text.size() > enough ? text.size() - enough : 0);
}

result<server> start_redis(const temp_dir& dir) {
  auto port = free_port();
  if (!port)
    return port.error();
  return start(dir, "redis-server", *port,
               {"redis-server", "--port", std::to_string(*port), "--bind",
                "127.0.0.1", "--dir", dir.path(), "--save", "", "--appendonly",
                "no"},
               listens(*port));
}

result<server> start_service(const temp_dir& dir,
                             const service_options& options,
                             const population& users) {
  auto port = free_port();
  if (!port)
    return port.error();
  auto config = dir.path() / "config.json";
  std::ofstream{config} << config_of(options, *port);
  http_options call;
  call.port = *port;
  call.api_key = api_key;
  call.users = users;
  return start(dir, "lastseen", *port, {options.program, "-c", config},
               [&call] { return http_get_once(call); });
}

result<server> start_bare_server(const temp_dir& dir, const fs::path& program,
                                 std::size_t threads) {
  auto port = free_port();
  if (!port)
    return port.error();
  return start(dir, "bare_server", *port,
               {program, "--port", std::to_string(*port), "--threads",
                std::to_string(threads)},
               listens(*port));
}

result<std::string> machine_facts(std::uint16_t redis_port) {
  auto redis = redis_client::connect(redis_port);
  if (!redis)
    return redis.error();
  auto info = redis->bulk({"INFO", "server"});
  if (!info)
    return info.error();
  std::ifstream file{"/proc/cpuinfo"};
  std::string cpu{std::istreambuf_iterator<char>{file}, {}};
  utsname system{};
  uname(&system);
  return "- CPU: " + value_of(cpu, "model name") + ", "
         + std::to_string(std::thread::hardware_concurrency()) + " cores\n"
         + "- kernel: " + system.sysname + ' ' + system.release + '\n'
         + "- Redis: " + value_of(*info, "redis_version") + '\n';
}

} // namespace lastseen::bench
