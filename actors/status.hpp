#pragma once

#include "actors/directory.hpp"
#include "actors/interfaces.hpp"
#include "actors/link_news.hpp"
#include "actors/shard_gauge.hpp"
#include "actors/status_shard.hpp"
#include "status/store.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace lastseen {

/// Tells the local time; `boot_clock::now`, or a test's.
using clock_function = std::function<local_time()>;

/// What a status actor works on. All of it outlives the actor.
struct status_args {
  std::size_t index = 0;
  std::shared_ptr<status_shard> shard;
  std::shared_ptr<lastseen::store> store;
  std::shared_ptr<shard_gauge> gauge;
  std::shared_ptr<link_news> links;
  std::shared_ptr<lastseen::directory> directory;
  clock_function now = boot_clock::now;
  /// Told why the store begins to refuse what it may take later, and null when
  /// it takes it again.
  std::function<void(const error* why)> on_refusal = {};
};

struct status_state {
  static inline const char* name = "status";

  explicit status_state(status_actor::pointer ptr) : self(ptr) {}

  /// Carries out what the shard wants done, and sees to the next wake-up.
  void work();

  /// A wake-up came.
  void on_wake();

  /// Takes in what the store told of its link.
  void hear_of_links();

  status_actor::pointer self;
  status_args args;
  std::optional<local_time> wake_at;
  bool refused = false;
  /// How long the last message that says when it was sent was under way.
  boot_clock::duration mailbox_delay{0};

private:
  void write(local_time now);
  void read(local_time now);
  void answer(local_time now);
  void arm(local_time now);
  void tell_refusal();
  void show();
};

/// Carries messages between connections, the API actor and the store; decides
/// nothing itself (see status_shard).
status_actor::behavior_type
status(status_actor::stateful_pointer<status_state> self, status_args args);

} // namespace lastseen
