#include "tests/support/redis_cluster.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace lastseen::test {

namespace {

// Servers under sanitized tests on a busy machine.
constexpr std::chrono::seconds long_patience{60};

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "redis cluster: %s\n", why);
  std::abort();
}

} // namespace

bool eventually(const std::function<bool()>& holds,
                std::chrono::seconds limit) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

redis_cluster::redis_cluster(std::size_t masters, bool replicas,
                             const std::vector<std::string>& args)
  : args_{args} {
  std::string all;
  for (std::size_t i = 0; i < (replicas ? 2 * masters : masters); ++i) {
    add_server(args);
    all += " " + place(i);
  }
  if (!run("--cluster create" + all + " --cluster-yes --cluster-replicas "
           + (replicas ? "1" : "0")))
    give_up("redis-cli --cluster create failed");
  for (auto& server : servers_)
    if (!wait_until_ok(*server))
      give_up("does not come about");
  if (replicas)
    for (auto& server : servers_)
      if (!eventually(
            [&] {
              auto text = server->command({"INFO", "replication"});
              return text.find("role:master") == text.npos
                       ? text.find("link_status:up") != text.npos
                       : text.find("state=online") != text.npos;
            },
            long_patience))
        give_up("the replicas do not follow");
}

void redis_cluster::add_server(const std::vector<std::string>& args) {
  std::vector<std::string> all{"--cluster-enabled",
                               "yes",
                               "--cluster-port",
                               std::to_string(free_port()),
                               "--cluster-node-timeout",
                               "1000",
                               "--repl-diskless-sync-delay",
                               "0"};
  all.insert(all.end(), args.begin(), args.end());
  servers_.push_back(std::make_unique<redis_server>(std::move(all)));
}

std::string redis_cluster::place(std::size_t i) const {
  return "127.0.0.1:" + std::to_string(servers_[i]->port());
}

bool redis_cluster::run(const std::string& arguments) {
  auto line = "redis-cli " + arguments + " > " + directory_.path("cli.log")
              + " 2>&1 < /dev/null";
  return std::system(line.c_str()) == 0; // NOLINT(cert-env33-c)
}

bool redis_cluster::wait_until_ok(redis_server& server) {
  auto known = "cluster_known_nodes:" + std::to_string(servers_.size());
  return eventually(
    [&] {
      auto info = server.command({"CLUSTER", "INFO"});
      return info.find("cluster_state:ok") != info.npos
             && info.find(known) != info.npos;
    },
    long_patience);
}

redis_server& redis_cluster::master_of(const std::string& key,
                                       std::size_t asked) {
  auto slot = std::stoi(servers_[asked]->command({"CLUSTER", "KEYSLOT", key}));
  // Lines of CLUSTER NODES: id host:port@bus flags … slots, 8 words before.
  std::istringstream lines{servers_[asked]->command({"CLUSTER", "NODES"})};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::vector<std::string> all;
    for (std::string word; words >> word;)
      all.push_back(word);
    for (std::size_t i = 8; i < all.size(); ++i) {
      auto first = std::atoi(all[i].c_str());
      auto dash = all[i].find('-');
      auto last =
        dash == all[i].npos ? first : std::atoi(all[i].c_str() + dash + 1);
      if (all[i][0] == '[' || slot < first || slot > last)
        continue;
      auto port = std::atoi(all[1].c_str() + all[1].find(':') + 1);
      for (auto& server : servers_)
        if (server->port() == port)
          return *server;
    }
  }
  give_up("a slot has no master");
}

std::size_t redis_cluster::index_of(const redis_server& server) const {
  std::size_t i = 0;
  while (servers_[i].get() != &server)
    ++i;
  return i;
}

std::string redis_cluster::command(const std::vector<std::string>& args,
                                   const std::string& key) {
  return master_of(key).command(args);
}

std::size_t redis_cluster::add_node() {
  add_server(args_);
  auto i = servers_.size() - 1;
  if (!run("--cluster add-node " + place(i) + " " + place(0)))
    give_up("redis-cli --cluster add-node failed");
  for (auto& server : servers_)
    if (!wait_until_ok(*server))
      give_up("a new node does not join");
  return i;
}

bool redis_cluster::reshard(std::size_t from, std::size_t to,
                            std::size_t slots) {
  return run("--cluster reshard " + place(0) + " --cluster-from "
             + servers_[from]->command({"CLUSTER", "MYID"}) + " --cluster-to "
             + servers_[to]->command({"CLUSTER", "MYID"}) + " --cluster-slots "
             + std::to_string(slots) + " --cluster-yes");
}

std::unique_ptr<store> cluster_backend::make(const retention& keep) {
  static redis_cluster servers{3};
  static std::atomic<int> stores = 0;
  redis::cluster_options options;
  options.seeds = {servers[0].address()};
  options.prefix = "conformance" + std::to_string(++stores);
  options.keep = keep;
  return redis::make_cluster_store(io_.context(), std::move(options));
}

} // namespace lastseen::test
