#pragma once

#include "actors/pending_table.hpp"
#include "status/error.hpp"
#include "status/record.hpp"
#include "status/record_list.hpp"
#include "status/user_list.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What actors say to each other. Messages never leave the process: they are
/// moved, not serialized.
namespace lastseen {

// -- connection → status actor ------------------------------------------------

/// A client did something. Answered with `activity_answer` to the connection's
/// actor.
struct activity {
  /// Given back in the answer.
  std::uint32_t number = 0;
  std::string user;
  local_time when;
  /// Absent leaves the state, empty clears it.
  std::optional<std::string> state;
};

/// A connection showed life. Not answered.
struct heartbeat {
  std::string user;
  local_time when;
  /// A connection begins or ends here: written even within `online_interval`.
  bool edge = false;
};

// -- status actor → connection actor ------------------------------------------

struct activity_answer {
  std::uint32_t number = 0;
  /// Whether it is in the pending table; if not, the table is full.
  bool accepted = true;
};

// -- API actor ⇄ status actor -------------------------------------------------

/// Reads users of one shard.
struct read_call {
  call_id id = 0;
  user_list users;
};

struct read_answer {
  call_id id = 0;
  std::size_t shard = 0;
  /// One per user of the call, in order.
  result<record_list> records;
  /// Those that could not be read, while the others could.
  lastseen::unserved unserved = {};
};

/// The calls that one trip to the store answered.
using read_answers = std::vector<read_answer>;

/// Updates or deletes users of one shard.
struct write_call {
  call_id id = 0;
  user_list users;
  status_event event;
  local_time when;
};

struct write_answer {
  call_id id = 0;
  std::size_t shard = 0;
  /// Success: the store has acknowledged all of it.
  std::optional<error> failure;
};

// -- store → status actor -----------------------------------------------------

struct store_written {
  std::uint64_t number = 0;
  result<write_report> report;
  /// When the store was asked.
  local_time sent = {};
};

struct store_read {
  std::uint64_t number = 0;
  result<read_report> report;
  /// When the store was asked.
  local_time sent = {};
};

// -- net → API actor ----------------------------------------------------------

/// A call of the server API, checked already.
struct api_request {
  enum class method : std::uint8_t { read, update, remove };
  method what = method::read;
  user_list users;
  /// For updates.
  std::optional<std::string> state;
  /// For reads: answer what can be answered when a shard fails.
  bool allow_partial = false;
};

/// Why the user at this position of the request could not be read.
struct position_error {
  std::size_t position = 0;
  error why;
};

struct api_response {
  /// The request's users, given back.
  user_list users;
  /// For reads: one per user, in the request's order.
  record_list records;
  /// For reads with `allow_partial`: ascending positions; records there are
  /// empty.
  std::vector<position_error> failed;
  /// The call as a whole failed.
  std::optional<error> failure;
};

/// Who waits for an answer: called exactly once, on any thread. One that goes
/// without having been called, as in the mailbox of an actor that died, is
/// called with a failure.
class api_callback {
public:
  using function = std::function<void(api_response)>;

  /// Nobody waits.
  api_callback() = default;

  template <class F>
  requires(
    !std::same_as<F, api_callback> && std::constructible_from<function, F>)
    api_callback(F f)
    : waiting_(std::make_shared<waiting>(std::move(f))) {}

  /// REQUIRES: not called before, on any copy.
  void operator()(api_response x) const {
    std::exchange(waiting_->answer, nullptr)(std::move(x));
  }

private:
  struct waiting {
    explicit waiting(function f) : answer(std::move(f)) {}
    waiting(const waiting&) = delete;
    waiting& operator=(const waiting&) = delete;
    ~waiting() {
      if (!answer)
        return;
      api_response lost;
      lost.failure = error{ec::unavailable, "the call was lost"};
      answer(std::move(lost));
    }

    function answer;
  };

  std::shared_ptr<waiting> waiting_;
};

struct api_call {
  api_request request;
  api_callback done;
};

} // namespace lastseen

// clang-format off
CAF_BEGIN_TYPE_ID_BLOCK(lastseen, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(lastseen, (lastseen::activity))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::activity_answer))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::api_call))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::heartbeat))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::read_answers))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::read_call))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::store_read))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::store_written))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::write_answer))
  CAF_ADD_TYPE_ID(lastseen, (lastseen::write_call))

  CAF_ADD_ATOM(lastseen, lastseen, work_atom, "work")
  CAF_ADD_ATOM(lastseen, lastseen, drain_atom, "drain")
  CAF_ADD_ATOM(lastseen, lastseen, link_atom, "link")
  CAF_ADD_ATOM(lastseen, lastseen, restart_atom, "restart")
  CAF_ADD_ATOM(lastseen, lastseen, keys_atom, "keys")

CAF_END_TYPE_ID_BLOCK(lastseen)
// clang-format on

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::activity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::activity_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::api_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::heartbeat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::read_answers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::read_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::store_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::store_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::write_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lastseen::write_call)
