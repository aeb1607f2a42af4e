#pragma once

#include "actors/supervisor.hpp"
#include "memory_store.hpp"

#include <caf/send.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lastseen::test {

/// Shards on stores in memory and what their actors work on, as the service
/// wires it.
struct shards {
  std::vector<std::shared_ptr<memory_store>> stores;
  std::shared_ptr<lastseen::directory> directory;
  supervisor_args args;

  shards(std::size_t n, const shard_options& options, clock_function now)
    : directory(std::make_shared<lastseen::directory>(n)) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < n; ++i) {
      auto name = "memory " + std::to_string(i);
      names.push_back(name);
      stores.push_back(std::make_shared<memory_store>(now, name));
      args.shards.push_back(
        {.index = i,
         .shard = std::make_shared<status_shard>(i, name, options, now()),
         .store = stores.back(),
         .gauge = std::make_shared<shard_gauge>(),
         .links = std::make_shared<link_news>(),
         .directory = directory,
         .now = now});
    }
    args.api = {std::make_shared<api_calls>(std::move(names),
                                            options.timeout
                                              + std::chrono::milliseconds{100}),
                directory, now};
  }

  /// REQUIRES: the status actors are in the directory.
  void open_stores() {
    for (std::size_t i = 0; i < stores.size(); ++i)
      stores[i]->open(
        [dir = directory, links = args.shards[i].links, i](store_link link) {
          links->add(std::move(link));
          caf::anon_send(dir->status(i), link_atom_v);
        });
  }

  /// The store of a user.
  memory_store& store_of(std::string_view user) {
    return *stores[shard_of(user, stores.size())];
  }
};

inline user_list users(std::initializer_list<std::string_view> names) {
  user_list out;
  for (auto name : names)
    out.add(name);
  return out;
}

} // namespace lastseen::test
