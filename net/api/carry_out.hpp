#pragma once

#include "actors/messages.hpp"
#include "net/api/call.hpp"
#include "net/environment.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::server_api {

/// What a failed call is answered with.
struct call_error {
  error_code code;
  std::string message;
};

/// What became of a call.
struct call_reply {
  call_method method = call_method::other;
  std::optional<call_error> failure = std::nullopt;
  /// Of `get_user_status`.
  api_response statuses = {};
  /// Of `info`: the nodes, each an object of JSON.
  std::vector<std::string> nodes = {};
  /// The ID that a call without one was logged with, since it failed at a
  /// store, to be given back; else empty.
  std::string request_id = {};
};

/// Who asks.
struct caller {
  /// Of the protocol.
  api_counters& counters;
  /// Empty: none was given.
  std::string_view request_id;
};

/// Called exactly once, on any thread, maybe before the call returns.
using call_handler = std::function<void(call_reply)>;

/// Validates a call and has it carried out; counts it. Failures at a store are
/// logged with the request ID, which is made if there is none. From any thread.
void carry_out(environment& env, const caller& from, call&& x,
               call_handler done);

/// The message of error 100 for a failure at a store.
std::string message_for(const error& why);

/// Carries the calls of one body out, in order and at most `at_once` of them at
/// the same time. `each` gets the replies with the positions of their calls, in
/// any order and from several threads at once if `at_once` is over 1; `done` is
/// called after all of them.
void carry_out_all(environment& env, const caller& from,
                   std::vector<call> calls, std::size_t at_once,
                   std::function<void(std::size_t, call_reply&&)> each,
                   std::function<void()> done);

} // namespace lastseen::server_api
