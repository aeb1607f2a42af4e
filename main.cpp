#include "cli/commands.hpp"
#include "config/command_line.hpp"
#include "config/load.hpp"
#include "net/log.hpp"
#include "net/pid_file.hpp"
#include "service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace lastseen;

int fail(const error& why) {
  std::cerr << "lastseen: " << why.what << '\n';
  return EXIT_FAILURE;
}

// As many connections as the machine allows.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// SIGHUP: what can change while the service runs does; a bad configuration
// changes nothing. The file of the log is opened anew in any case.
void reload(service& node, const config::sources& from) {
  if (auto done = reopen_log(); !done)
    log_event(log_level::err, "the log goes on in the file that was open",
              {{"why", done.error().what}});
  auto refuse = [](const error& why) {
    log_event(log_level::err, "not reloaded, the configuration of before stays",
              {{"why", why.what}});
  };
  auto loaded = config::load(from);
  if (!loaded)
    return refuse(loaded.error());
  for (const auto& warning : loaded->warnings)
    log_event(log_level::warn, warning);
  if (auto done = node.reload(loaded->settings); !done)
    return refuse(done.error());
  set_log_level(loaded->settings.log.level);
  log_event(log_level::info, "reloaded");
}

void on_hangup(boost::asio::signal_set& hangups, service& node,
               const config::sources& from) {
  hangups.async_wait([&](const boost::system::error_code& ended, int) {
    if (ended)
      return;
    reload(node, from);
    on_hangup(hangups, node, from);
  });
}

// `from` is what SIGHUP reads.
int serve(const config::settings& settings, const config::sources& from) {
  boost::asio::io_context signals{1};
  boost::asio::signal_set hangups{signals, SIGHUP};
  boost::asio::signal_set set{signals, SIGINT, SIGTERM};
  set.async_wait([&](const boost::system::error_code&, int number) {
    log_event(log_level::info, "stopping",
              {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
    hangups.cancel();
  });
  service node{settings};
  if (auto started = node.start(); !started)
    return fail(started.error());
  std::optional<pid_file> here;
  if (const auto& path = settings.pid_file; !path.empty()) {
    auto written = pid_file::write(path);
    if (!written) {
      node.stop();
      return fail(written.error());
    }
    here.emplace(std::move(*written));
  }
  on_hangup(hangups, node, from);
  signals.run();
  auto done = node.stop();
  if (done.in_time) {
    log_event(log_level::info, "stopped");
    return EXIT_SUCCESS;
  }
  log_event(log_level::err, "stopped, but not everything was done in time",
            {{"users_lost", std::to_string(done.users_lost)},
             {"calls_lost", std::to_string(done.calls_lost)}});
  return EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments{argv + 1, argv + argc};
  if (!arguments.empty() && config::is_command(arguments.front())) {
    cli::console to{std::cout, std::cerr, config::environment(environ),
                    std::string{config::env_file_name}};
    return cli::run(arguments, to);
  }
  auto line = config::parse_command_line(arguments);
  if (!line)
    return fail(line.error());
  if (!line->print.empty()) {
    std::cout << line->print;
    return EXIT_SUCCESS;
  }
  config::sources from{.path = line->path,
                       .path_given = line->path_given,
                       .env_file = std::string{config::env_file_name},
                       .environment = config::environment(environ),
                       .flags = line->flags};
  auto loaded = config::load(from);
  if (!loaded)
    return fail(loaded.error());
  if (auto done = set_up_log(loaded->settings.log); !done)
    return fail(done.error());
  for (const auto& warning : loaded->warnings)
    log_event(log_level::warn, warning);
  log_event(log_level::info, "starting",
            {{"version", LASTSEEN_VERSION}, {"store", loaded->store_note}});
  signal(SIGPIPE, SIG_IGN);
  raise_open_files();
  from.expected = std::move(loaded->files);
  if (from.path_given)
    from.expected.push_back(from.path);
  return serve(loaded->settings, from);
}
