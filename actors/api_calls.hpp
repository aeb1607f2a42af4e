#pragma once

#include "actors/messages.hpp"
#include "status/jump_hash.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lastseen {

/// The calls of the server API under way: which shard was asked for which
/// positions, what has come back. Outlives the API actor. Pure; not
/// thread-safe.
class api_calls {
public:
  /// `stores` names those of the shards: of all lanes in their order, `lanes` a
  /// shard. Whom a call asks is a lane, called a shard here. `timeout` is the
  /// backstop for one that does not even say why it does not answer.
  api_calls(std::vector<std::string> stores, std::chrono::milliseconds timeout,
            std::size_t lanes = 1);
  ~api_calls();

  /// What to ask the shards for a call.
  struct scattered {
    struct part {
      std::size_t shard;
      user_list users;
    };
    call_id id = 0;
    std::vector<part> parts;
  };

  /// Takes a call in. One without users is answered at once, without parts.
  scattered scatter(api_call&& from, local_time now);

  void on_read(read_answer&& x);
  void on_write(write_answer&& x);

  /// Fails the calls that ran out of time.
  void expire(local_time now);

  /// When `expire` has something to do next. Just after `expire` that is the
  /// deadline of the oldest call without an answer.
  std::optional<local_time> next_deadline() const noexcept;

  /// Calls without an answer.
  std::size_t size() const noexcept {
    return calls_.size();
  }

private:
  struct call;

  std::vector<scattered::part> divide(const user_list& users, call& x) const;
  call* find_part(call_id id, std::size_t shard);
  void finish_part(call_id id, call& x, std::size_t shard);
  void fail_part(call_id id, call& x, std::size_t shard, error why);
  void answer(call_id id, call& x);
  void drop_answered();

  std::vector<std::string> stores_;
  std::size_t shards_;
  lane_map map_;
  std::chrono::milliseconds timeout_;
  call_id last_id_ = 0;
  std::unordered_map<call_id, std::unique_ptr<call>> calls_;
  std::deque<std::pair<local_time, call_id>> deadlines_;
};

} // namespace lastseen
