// The load generator alone, to be pointed at any server: docs/benchmarks.md.

#include "bench/http_load.hpp"
#include "bench/loopback.hpp"
#include "bench/process.hpp"
#include "bench/redis_client.hpp"
#include "bench/ws_load.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace lastseen;
using namespace lastseen::bench;

int fail(const error& e) {
  std::fprintf(stderr, "failed: %s\n", e.what.c_str());
  return EXIT_FAILURE;
}

int show(const result<report>& x) {
  if (!x)
    return fail(x.error());
  std::puts(to_json(*x).c_str());
  return EXIT_SUCCESS;
}

int fill(std::uint16_t redis_port, const population& users) {
  auto redis = redis_client::connect(redis_port);
  if (!redis)
    return fail(redis.error());
  auto done = redis->fill(users);
  return done ? EXIT_SUCCESS : fail(done.error());
}

int start(int argc, char** argv) {
  ws_options rpc;
  ws_options idle;
  idle.connections = 10'000;
  http_options http;
  window when;
  auto warm_up = when.warm_up.count();
  auto length = when.length.count();

  CLI::App app{"Loads a server; whatever is not the right reply is a failure. "
               "Prints one line of JSON."};
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();

  auto timed = [&](CLI::App* mode) {
    mode->add_option("--warm-up", warm_up, "Milliseconds");
    mode->add_option("--length", length, "Milliseconds");
    mode->add_option("--watch", when.watched, "Processes: CPU and memory");
  };
  auto websocket = [&](CLI::App* mode, ws_options& options) {
    mode->add_option("--port", options.port)->required();
    mode->add_option("--connections", options.connections)
      ->check(CLI::PositiveNumber);
    mode->add_option("--secret", options.hmac_secret, "Signs the tokens");
    timed(mode);
  };
  auto populated = [&](CLI::App* mode) {
    mode->add_option("--users", http.users.size)->check(CLI::PositiveNumber);
    mode
      ->add_option("--base", http.users.base,
                   "When user 0 was active, Unix milliseconds; the same for "
                   "fill and http-get")
      ->required();
  };

  auto* ws_rpc_mode = app.add_subcommand("ws-rpc", "Activity RPCs");
  websocket(ws_rpc_mode, rpc);
  ws_rpc_mode->add_option("--outstanding", rpc.outstanding, "Per connection")
    ->check(CLI::PositiveNumber);
  auto* idle_mode = app.add_subcommand("idle", "Connections that answer pings");
  websocket(idle_mode, idle);
  idle_mode->add_flag("--protobuf", idle.protobuf, "The clients speak it");
  auto* http_mode = app.add_subcommand("http-get", "Calls of get_user_status");
  http_mode->add_option("--port", http.port)->required();
  http_mode->add_option("--key", http.api_key, "The API key");
  http_mode->add_option("--connections", http.connections)
    ->check(CLI::PositiveNumber);
  http_mode->add_option("--users-per-call", http.users_per_call)
    ->check(CLI::PositiveNumber);
  populated(http_mode);
  timed(http_mode);
  std::uint16_t redis_port = 0;
  auto* fill_mode = app.add_subcommand("fill", "Puts users into a Redis");
  fill_mode->add_option("--port", redis_port)->required();
  populated(fill_mode);
  CLI11_PARSE(app, argc, argv);

  when.warm_up = std::chrono::milliseconds{warm_up};
  when.length = std::chrono::milliseconds{length};
  raise_file_limit();
  catch_interrupts();
  if (*ws_rpc_mode)
    return show(ws_rpc(rpc, when));
  if (*idle_mode)
    return show(ws_idle(idle, when));
  if (*http_mode)
    return show(http_get(http, when));
  return fill(redis_port, http.users);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return start(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "failed: %s\n", e.what());
    return EXIT_FAILURE;
  }
}
