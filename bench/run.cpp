// The benchmark as `./dev bench` runs it: docs/benchmarks.md.

#include "bench/loopback.hpp"
#include "bench/process.hpp"
#include "bench/scenarios.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

namespace {

using namespace lastseen::bench;

int start(int argc, char** argv) {
  namespace fs = std::filesystem;
  plan what;
  std::error_code ignored;
  auto here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  what.service = here.parent_path() / "lastseen";
  what.bare_server = here / "bare_server";
  auto length = what.length.count();
  auto ping_interval = what.ping_interval.count();
  auto check = false;

  CLI::App app{"Measures lastseen beside its baselines."};
  app.option_defaults()->always_capture_default();
  app.add_option("--service", what.service, "The program under test");
  app.add_option("--only", what.only, "Scenarios to run")
    ->delimiter(',')
    ->check(CLI::IsMember(scenario_names()));
  app.add_option("--rounds", what.rounds)->check(CLI::PositiveNumber);
  app.add_option("--seconds", length, "Length of a round")
    ->check(CLI::PositiveNumber);
  app.add_option("--threads", what.threads, "Of service and bare server")
    ->check(CLI::PositiveNumber);
  app.add_option("--users", what.users, "Users in Redis")
    ->check(CLI::PositiveNumber);
  app.add_option("--idle-connections", what.idle_connections)
    ->check(CLI::PositiveNumber);
  app
    .add_option("--ping-interval", ping_interval,
                "Seconds; other than 25 shortens the idle scenario, without "
                "a verdict on its CPU")
    ->check(CLI::Range(2, 3600));
  app.add_flag("--check", check, "Exit with 1 when a limit is exceeded");
  CLI11_PARSE(app, argc, argv);
  what.length = std::chrono::seconds{length};
  what.ping_interval = std::chrono::seconds{ping_interval};

  if (raise_file_limit() < what.idle_connections + 100)
    std::fprintf(stderr,
                 "warning: too few open files are allowed for %zu idle "
                 "connections\n",
                 what.idle_connections);
  catch_interrupts();
  auto rows = run(what, [](const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  });
  if (!rows) {
    std::fprintf(stderr, "failed: %s\n", rows.error().what.c_str());
    return EXIT_FAILURE;
  }
  std::printf("\n%s", to_table(*rows).c_str());
  auto missed = std::any_of(rows->begin(), rows->end(), over);
  return check && missed ? EXIT_FAILURE : EXIT_SUCCESS;
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
