#pragma once

#include "actors/rate_limit.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace lastseen {

/// What the connections of one user share on a node. 0 and no limit: any.
struct user_limits {
  std::size_t connections = 0;
  rate_limit commands = {};
  rate_limit updates = {};

  bool any() const noexcept {
    return connections != 0 || !commands.unlimited() || !updates.unlimited();
  }
};

/// Counts the connections of each user that is connected to this node, and
/// what they do. From any thread.
class user_registry {
  struct entry {
    std::size_t connections = 0;
    token_bucket commands;
    token_bucket updates;
  };

  // Users are spread over several locks.
  struct part {
    std::mutex lock;
    user_limits limits;
    std::unordered_map<std::string, entry> users;
  };

public:
  /// A connection's place among those of its user, given back at the end.
  class place {
  public:
    place(part& in, const std::string& user, entry& mine)
      : in_(&in), user_(&user), entry_(&mine) {}
    place(place&& other) noexcept;
    place& operator=(place&& other) noexcept;
    ~place();

    /// Whether the user may send one more command of any kind, or call
    /// `update_user_status` once more.
    bool take_command(local_time now);
    bool take_update(local_time now);

  private:
    part* in_;                // null: given to another
    const std::string* user_; // the key of the entry
    entry* entry_;
  };

  user_registry() = default;
  explicit user_registry(const user_limits& limits) {
    limit(limits);
  }
  user_registry(const user_registry&) = delete;
  user_registry& operator=(const user_registry&) = delete;

  /// Other limits from here on; who is there stays.
  void limit(const user_limits& limits);

  /// Nothing when the user has as many connections as allowed. The place must
  /// not outlive the registry.
  std::optional<place> enter(const std::string& user);

private:
  std::array<part, 64> parts_;
};

} // namespace lastseen
