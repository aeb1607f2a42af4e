#include "config/store_choice.hpp"

#include "config/redis_address.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <utility>

namespace lastseen::config {

namespace {

constexpr std::string_view path_key = "user_status.embedded.path";

bool has_cluster(const redis& x) {
  auto shards = redis_shards(x);
  return shards && std::ranges::any_of(*shards, [](const auto& shard) {
           return !shard.seeds.empty();
         });
}

// The given address that is used, else the first given key of Redis.
origins::const_iterator redis_origin(const origins& from, const redis& x) {
  for (auto [key, unused] : {std::pair{"user_status.redis.cluster_address",
                                       x.cluster_address.empty()},
                             std::pair{"user_status.redis.sentinel_address",
                                       x.sentinel_address.empty()},
                             std::pair{"user_status.redis.address", false}})
    if (auto i = from.find(key); i != from.end() && !unused)
      return i;
  return std::ranges::find_if(from, [](const auto& given) {
    return given.first.starts_with("user_status.redis.");
  });
}

} // namespace

bool is_redis_address(std::string_view key) noexcept {
  return key == "user_status.redis.address"
         || key == "user_status.redis.sentinel_address"
         || key == "user_status.redis.cluster_address";
}

result<void> choose_store(settings& x, const origins& from) {
  auto& status = x.user_status;
  auto redis = redis_origin(from, status.redis);
  auto path = from.find(path_key);
  if (redis != from.end() && path != from.end())
    return error{ec::bad_config,
                 std::string{path_key} + " (" + path->second + ") and "
                   + std::string{redis->first} + " (" + redis->second
                   + "): contradict each other: must be only one of them, as "
                     "there is one store"};
  auto explicitly = status.enabled && from.contains("user_status.enabled");
  if (redis == from.end() && (path != from.end() || !explicitly))
    return {};
  x.store = store_kind::redis;
  auto& address = status.redis.address;
  if (address.empty() || (address.size() == 1 && address.front().empty()))
    address = {"127.0.0.1:6379"};
  if (!from.contains("user_status.lanes") && has_cluster(status.redis))
    status.lanes = 4;
  return {};
}

std::string store_note(const settings& x, const origins& from) {
  const auto& status = x.user_status;
  auto reason = [&from](std::string_view key) {
    return std::string{key} + " is set (" + from.at(key) + ')';
  };
  std::string note = "the store is ";
  if (x.store == store_kind::embedded) {
    note += "embedded, " + quote(status.embedded.path) + ", because "
            + (from.contains(path_key) ? reason(path_key) : "no Redis is set");
  } else {
    std::string names;
    for (const auto& shard : *redis_shards(status.redis))
      names += (names.empty() ? "" : ", ") + to_string(shard);
    auto redis = redis_origin(from, status.redis);
    note +=
      "Redis, " + names + ", because "
      + reason(redis == from.end() ? "user_status.enabled" : redis->first);
  }
  if (!status.enabled)
    note += "; it stays unused, user_status.enabled is false";
  return note;
}

} // namespace lastseen::config
