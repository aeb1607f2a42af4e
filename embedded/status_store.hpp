#pragma once

#include "status/merge.hpp"
#include "status/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace lastseen::embedded {

/// What a store of our own needs to know.
struct options {
  /// A file, made if it is not there; `:memory:` keeps nothing.
  std::string path = ":memory:";
  retention keep;
  /// The wall clock, which is this shard's clock. Called on the thread that
  /// opens the store and then on the store's own.
  std::function<std::chrono::system_clock::time_point()> now =
    std::chrono::system_clock::now;
  /// How often the next 1,000 rows are looked at for expired ones.
  std::chrono::milliseconds sweep_interval = std::chrono::seconds{1};
};

/// Opens a SQLite database as a store. Blocks while it does so.
///
/// The store has one thread that answers all calls in their order, each batch
/// in a transaction that is durable when the handler runs, and between calls
/// walks through the rows to remove the expired ones. It belongs to this
/// process alone. Its link is up from `open` on and never goes down; an error
/// of the disk fails the call in question. Its clock never goes back while it
/// lives.
///
/// Fails with `ec::bad_config` and one line that names the path and why.
result<std::unique_ptr<store>> make_store(options opts);

} // namespace lastseen::embedded
