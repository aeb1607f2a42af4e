#include "actors/user_count.hpp"

#include <functional>

namespace lastseen {

void user_count::enter(std::string_view user) {
  auto hash = std::hash<std::string_view>{}(user);
  auto& x = part_of(hash);
  std::lock_guard guard{x.lock};
  if (++x.connections[hash] == 1)
    ++size_;
}

void user_count::leave(std::string_view user) {
  auto hash = std::hash<std::string_view>{}(user);
  auto& x = part_of(hash);
  std::lock_guard guard{x.lock};
  auto i = x.connections.find(hash);
  if (i == x.connections.end() || --i->second != 0)
    return;
  x.connections.erase(i);
  --size_;
}

} // namespace lastseen
