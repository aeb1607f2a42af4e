#include "actors/user_registry.hpp"

#include <functional>
#include <utility>

namespace lastseen {

void user_registry::limit(const user_limits& limits) {
  for (auto& x : parts_) {
    std::lock_guard guard{x.lock};
    x.limits = limits;
  }
}

std::optional<user_registry::place>
user_registry::enter(const std::string& user) {
  auto& in = parts_[std::hash<std::string>{}(user) % parts_.size()];
  std::lock_guard guard{in.lock};
  auto& [name, mine] = *in.users.try_emplace(user).first;
  auto most = in.limits.connections;
  if (most != 0 && mine.connections >= most)
    return std::nullopt;
  ++mine.connections;
  return place{in, name, mine};
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
  std::lock_guard guard{in_->lock};
  if (--entry_->connections == 0)
    in_->users.erase(in_->users.find(*user_));
}

bool user_registry::place::take_command(local_time now) {
  std::lock_guard guard{in_->lock};
  return entry_->commands.take(in_->limits.commands, now);
}

bool user_registry::place::take_update(local_time now) {
  std::lock_guard guard{in_->lock};
  return entry_->updates.take(in_->limits.updates, now);
}

} // namespace lastseen
