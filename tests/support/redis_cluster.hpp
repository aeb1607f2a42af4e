#pragma once

#include "redis/cluster_store.hpp"
#include "tests/support/redis_server.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::test {

/// A real Redis Cluster of `redis-server` processes on free loopback ports,
/// made by `redis-cli`; ends with this object. It takes a second to declare a
/// master dead. One that does not come about ends the test program.
class redis_cluster {
public:
  /// Every master has one replica or none. `args` go to every server. Returns
  /// once all nodes agree that all slots are served.
  explicit redis_cluster(std::size_t masters, bool replicas = false,
                         const std::vector<std::string>& args = {});

  /// The servers; the masters come first.
  redis_server& operator[](std::size_t i) {
    return *servers_[i];
  }

  std::size_t size() const noexcept {
    return servers_.size();
  }

  /// The server that is the master of a key, as server `asked` sees it.
  redis_server& master_of(const std::string& key, std::size_t asked = 0);

  /// The number of a server.
  std::size_t index_of(const redis_server& server) const;

  /// Runs a command on the key's master; as `redis_server::command`.
  std::string command(const std::vector<std::string>& args,
                      const std::string& key);

  /// A new server that is a node without slots; its number.
  std::size_t add_node();

  /// Moves slots by `redis-cli --cluster reshard`, keys included.
  bool reshard(std::size_t from, std::size_t to, std::size_t slots);

  /// Waits until `server` says that the Cluster serves all slots.
  bool wait_until_ok(redis_server& server);

private:
  void add_server(const std::vector<std::string>& args);
  std::string place(std::size_t i) const;
  bool run(const std::string& arguments);

  temporary_directory directory_;
  std::vector<std::string> args_;
  std::vector<std::unique_ptr<redis_server>> servers_;
};

/// Looks now and then until it holds; false when it never does.
bool eventually(const std::function<bool()>& holds,
                std::chrono::seconds limit = patience);

/// A Cluster for tests of any store. All of a process share one; each store has
/// a prefix of its own.
class cluster_backend : public store_backend {
public:
  std::unique_ptr<store> make(const retention& keep) override;

private:
  context_thread io_;
};

} // namespace lastseen::test
