#include "actors/user_registry.hpp"

#include <functional>
#include <utility>

namespace lastseen {

user_registry::part& user_registry::part_of(const std::string& user) noexcept {
  return parts_[std::hash<std::string>{}(user) % parts_.size()];
}

std::optional<user_registry::place>
user_registry::enter(const std::string& user) {
  auto& shard = part_of(user);
  std::lock_guard guard{shard.lock};
  auto& [name, mine] = *shard.users.try_emplace(user).first;
  if (limits_.connections != 0 && mine.connections >= limits_.connections)
    return std::nullopt;
  ++mine.connections;
  return place{*this, name, mine};
}

// -- a place ------------------------------------------------------------------

user_registry::place::place(place&& other) noexcept
  : in_(std::exchange(other.in_, nullptr)),
    user_(other.user_),
    entry_(other.entry_) {}

user_registry::place& user_registry::place::operator=(place&& other) noexcept {
  std::swap(in_, other.in_);
  std::swap(user_, other.user_);
  std::swap(entry_, other.entry_);
  return *this;
}

user_registry::place::~place() {
  if (in_ == nullptr)
    return;
  auto& shard = in_->part_of(*user_);
  std::lock_guard guard{shard.lock};
  if (--entry_->connections == 0)
    shard.users.erase(shard.users.find(*user_));
}

bool user_registry::place::take_command(local_time now) {
  std::lock_guard guard{in_->part_of(*user_).lock};
  return entry_->commands.take(in_->limits_.commands, now);
}

bool user_registry::place::take_update(local_time now) {
  std::lock_guard guard{in_->part_of(*user_).lock};
  return entry_->updates.take(in_->limits_.updates, now);
}

} // namespace lastseen
