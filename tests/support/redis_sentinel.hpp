#pragma once

#include "tests/support/redis_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lastseen::test {

/// A master called `mymaster`, its replicas, and three sentinels that take a
/// server for dead after half a second.
class sentinel_group {
public:
  /// The servers ask for `server_password` and the sentinels for `password`,
  /// unless they are empty. Returns once all know each other.
  explicit sentinel_group(std::size_t replicas,
                          const std::string& server_password = {},
                          const std::string& password = {})
    : password_{password} {
    std::vector<std::string> args;
    if (!server_password.empty())
      args = {"--requirepass", server_password};
    servers_.push_back(std::make_unique<redis_server>(args));
    auto port = std::to_string(servers_[0]->port());
    for (std::size_t i = 0; i < replicas; ++i) {
      auto all = args;
      all.insert(all.end(), {"--replicaof", "127.0.0.1 " + port,
                             "--repl-diskless-sync-delay", "0"});
      servers_.push_back(std::make_unique<redis_server>(all));
    }
    auto file = "sentinel monitor mymaster 127.0.0.1 " + port + R"( 2
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
)";
    if (!server_password.empty())
      file += "sentinel auth-pass mymaster " + server_password + '\n';
    if (!password.empty())
      file += "requirepass " + password + "\nsentinel sentinel-pass " + password
              + '\n';
    for (auto i = 0; i < 3; ++i) {
      sentinels_.push_back(std::make_unique<redis_server>(
        std::vector<std::string>{"--sentinel"}, file));
      if (!password.empty())
        sentinels_.back()->command({"AUTH", password});
    }
    wait_until("the sentinels know each other", [&] {
      for (auto& x : sentinels_) {
        auto text = x->command({"SENTINEL", "master", "mymaster"});
        if (text.find("num-other-sentinels 2") == text.npos
            || text.find("num-slaves " + std::to_string(replicas)) == text.npos)
          return false;
      }
      return true;
    });
    wait_until("the replicas are linked", [&] {
      for (auto& x : servers_)
        if (x != servers_.front()
            && x->command({"ROLE"}).find(" connected ") == std::string::npos)
          return false;
      return true;
    });
  }

  /// What a store of that master is told.
  config::redis_address address() const {
    config::redis_address x;
    x.master_name = "mymaster";
    for (auto& one : sentinels_) {
      x.sentinels.push_back(one->address());
      x.sentinels.back().password = password_;
    }
    return x;
  }

  redis_server& server(std::size_t i) {
    return *servers_[i];
  }

  redis_server& sentinel(std::size_t i) {
    return *sentinels_[i];
  }

  /// The server with that port.
  redis_server& at(std::uint16_t port) {
    for (auto& x : servers_)
      if (x->port() == port)
        return *x;
    ADD_FAILURE() << "no server has port " << port;
    return *servers_[0];
  }

  /// A living server that says that it is the master, other than `old`; waits
  /// for one.
  redis_server& new_master(const redis_server& old) {
    redis_server* found = nullptr;
    wait_until("there is a new master", [&] {
      for (auto& x : servers_)
        if (x.get() != &old && x->command({"ROLE"}).starts_with("master"))
          found = x.get();
      return found != nullptr;
    });
    return found ? *found : *servers_[0];
  }

  /// Has a sentinel make another server the master, once there is one master
  /// only; retries while it refuses.
  void fail_over() {
    wait_until("there is one master", [&] {
      return std::ranges::count_if(servers_,
                                   [](auto& x) {
                                     return x->command({"ROLE"}).starts_with(
                                       "master");
                                   })
             == 1;
    });
    wait_until("a sentinel starts a failover", [&] {
      return sentinels_[0]->command({"SENTINEL", "FAILOVER", "mymaster"})
             == "OK";
    });
  }

  template <class Condition>
  static void wait_until(const char* what, Condition holds) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{40};
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "not in time: " << what;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }

private:
  std::string password_;
  std::vector<std::unique_ptr<redis_server>> servers_;
  std::vector<std::unique_ptr<redis_server>> sentinels_;
};

} // namespace lastseen::test
