#include "bench/users.hpp"

namespace lastseen::bench {

std::string population::name(std::size_t number) const {
  return std::to_string(10'000'000 + number);
}

record population::status(std::size_t number) const {
  record x;
  x.active = base + static_cast<stamp>(number);
  x.online = x.active + 60'000;
  return x;
}

std::string population::json(std::size_t number) const {
  auto x = status(number);
  return "{\"user\":\"" + name(number)
         + "\",\"active\":" + std::to_string(x.active / 1000)
         + ",\"online\":" + std::to_string(x.online / 1000) + '}';
}

std::string connected_user(std::size_t connection) {
  return "bench-" + std::to_string(connection);
}

} // namespace lastseen::bench
