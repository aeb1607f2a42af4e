#pragma once

#include "actors/api.hpp"
#include "actors/status.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace lastseen {

struct supervisor_args {
  std::vector<status_args> shards;
  api_args api;
  /// Called on an I/O thread when an actor died, with its name and why.
  std::function<void(std::string_view name, const caf::error& why)> on_death;
};

/// Starts the status actors and the API actor, and starts each anew when it
/// dies, in the directory's place of the old one. What they work on outlives
/// them, so a death loses the messages in the dead actor's mailbox at most,
/// and their senders get no answer.
///
/// On an exit message it stops the API actor, then the status actors, and ends
/// when they have.
struct supervisor_state {
  static inline const char* name = "supervisor";

  explicit supervisor_state(caf::event_based_actor* ptr) : self(ptr) {}

  void start(supervisor_args x);
  void on_down(const caf::down_msg& x);
  void on_exit(const caf::exit_msg& x);

  /// Starts the child with this number (the last is the API actor).
  void spawn(std::size_t child);

private:
  void stop_next();

  caf::event_based_actor* self;
  supervisor_args args_;
  std::vector<caf::actor_addr> children_;
  std::chrono::milliseconds delay_{0};
  local_time last_death_;
  std::optional<caf::error> stopping_;
};

/// Answers `get_atom` with `ok_atom` once all children are in the directory.
caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self,
                         supervisor_args args);

} // namespace lastseen
