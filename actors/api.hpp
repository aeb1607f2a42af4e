#pragma once

#include "actors/api_calls.hpp"
#include "actors/status.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace lastseen {

/// What the API actor works on. All of it outlives the actor.
struct api_args {
  std::shared_ptr<api_calls> calls;
  std::shared_ptr<lastseen::directory> directory;
  clock_function now = boot_clock::now;
  /// Gets how many messages had come and were not handled yet, as of the last
  /// one that was; null: nobody wants to know.
  std::atomic<std::size_t>* mailbox_length = nullptr;
};

struct api_state {
  static inline const char* name = "api";

  explicit api_state(api_actor::pointer ptr) : self(ptr) {}

  /// Asks the shards.
  void scatter(api_call& call);

  /// A message was handled.
  void show();

  /// Fails what is late; sees to the next wake-up.
  void expire();

  api_actor::pointer self;
  api_args args;
  bool armed = false;

private:
  void arm();
};

/// Carries calls and answers; `api_calls` keeps the books.
api_actor::behavior_type api(api_actor::stateful_pointer<api_state> self,
                             api_args args);

} // namespace lastseen
