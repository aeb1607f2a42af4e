#pragma once

#include "config/redis_address.hpp"
#include "tests/support/store_under_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace lastseen::test {

/// A port that is free at this moment, another one each time; another process
/// may take it.
std::uint16_t free_port();

/// A real `redis-server` on a free loopback port and on a Unix socket, in a
/// directory of its own; it keeps nothing on disk unless told to. Ends with
/// this object, and with the thread that made it. A server that does not start
/// ends the test program.
class redis_server {
public:
  /// `args` follow ours on the command line: `{"--requirepass", "secret"}`;
  /// `PORT` in them stands for its port.
  /// Returns once the server answers.
  /// `file` is the text of its configuration file; none: there is no file.
  explicit redis_server(std::vector<std::string> args = {},
                        std::string file = {});
  ~redis_server();
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  std::uint16_t port() const noexcept {
    return port_;
  }

  /// By TCP, without user and password.
  config::redis_address address() const;

  /// By the Unix socket.
  config::redis_address unix_address() const;

  /// Runs a command over a connection of the server's own; a password is given
  /// by `command({"AUTH", …})` first. Arrays come as their elements with a
  /// space between, nil as `(nil)`, errors as they are; `""` when there is no
  /// connection.
  std::string command(const std::vector<std::string>& args);

  /// Ends it orderly (SIGTERM) or at once (SIGKILL); waits until it is gone.
  void stop();
  void kill9();

  /// Starts it again, on the same port and in the same directory.
  void start();

  /// Lets it stand still (SIGSTOP), and go on.
  void pause();
  void resume();

private:
  bool launch();
  void end(int signal);
  bool exited();

  temporary_directory directory_;
  std::vector<std::string> args_;
  std::string file_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
  struct context_deleter {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, context_deleter> admin_;
};

/// Threads for what tests of Redis need: one that runs a context.
class context_thread {
public:
  context_thread() : thread_{[this] { context_.run(); }} {}

  ~context_thread() {
    join();
  }

  boost::asio::io_context& context() noexcept {
    return context_;
  }

  /// Ends the thread, whatever is under way.
  void join() {
    context_.stop();
    if (thread_.joinable())
      thread_.join();
  }

private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    guard_ = boost::asio::make_work_guard(context_);
  std::thread thread_;
};

/// Redis for tests of any store. All of a process share one server; each store
/// has a prefix of its own.
class redis_backend : public store_backend {
public:
  std::unique_ptr<store> make(const retention& keep) override;

private:
  context_thread io_;
};

} // namespace lastseen::test
