#pragma once

#include "status/store.hpp"

#include <cstdint>
#include <memory>
#include <vector>

/// The two calls of a moving store, each an object that lives until its
/// handler was called. Their stores may answer on any threads.
namespace lastseen::redis {

/// The moved users of a call that were on one previous shard.
struct moved_users {
  std::shared_ptr<store> previous;
  /// Their positions in the call, ascending.
  std::vector<std::uint32_t> positions;
  user_list users;
};

/// Keeps a closing store waiting.
using running = std::shared_ptr<const void>;

/// Reads `users` from `current` and the moved ones from where they were, too.
void read_both(const std::shared_ptr<store>& current, user_list users,
               std::vector<moved_users> moved, store::read_handler done,
               running busy);

/// Writes `batch` to `current` and the moved users to where they were, too;
/// then carries over what `current` does not have.
void write_both(const std::shared_ptr<store>& current, write_batch batch,
                std::vector<moved_users> moved, store::write_handler done,
                running busy);

} // namespace lastseen::redis
