#include "redis/shard_stores.hpp"

#include "redis/cluster_store.hpp"
#include "redis/detected_store.hpp"
#include "redis/moving_store.hpp"
#include "redis/status_store.hpp"

#include <map>
#include <string>
#include <utility>

namespace lastseen::redis {

namespace {

struct certificates {
  std::shared_ptr<tls> servers;
  std::shared_ptr<tls> sentinels;
};

result<certificates> read_certificates(const config::redis& from) {
  auto servers = tls::make(from.tls, "user_status.redis.tls");
  if (!servers)
    return servers.error();
  auto sentinels =
    tls::make(from.sentinel_tls, "user_status.redis.sentinel_tls");
  if (!sentinels)
    return sentinels.error();
  return certificates{std::move(*servers), std::move(*sentinels)};
}

std::shared_ptr<store> make(boost::asio::io_context& context,
                            const config::redis_address& address,
                            const config::redis& from, const certificates& tls,
                            const retention& keep) {
  if (!address.seeds.empty())
    return make_cluster_store(context, {.seeds = address.seeds,
                                        .prefix = from.prefix,
                                        .client_name = from.client_name,
                                        .tls = tls.servers,
                                        .keep = keep,
                                        .wait_replicas = from.wait_replicas});
  store_options options{.address = address,
                        .prefix = from.prefix,
                        .client_name = from.client_name,
                        .tls = tls.servers,
                        .sentinel_tls = tls.sentinels,
                        .sentinel_client_name = from.sentinel_client_name,
                        .keep = keep,
                        .wait_replicas = from.wait_replicas};
  return address.sentinels.empty()
           ? make_detected_store(context, std::move(options))
           : make_store(context, std::move(options));
}

} // namespace

result<shard_stores> make_shard_stores(
  const config::redis& from, std::size_t lanes, const retention& keep,
  const std::function<boost::asio::io_context&()>& next_context) {
  auto addresses = config::redis_shards(from);
  if (!addresses)
    return addresses.error();
  auto previous_addresses = config::previous_redis_shards(from);
  if (!previous_addresses)
    return previous_addresses.error();
  auto tls = read_certificates(from);
  if (!tls)
    return tls.error();
  shard_stores out;
  out.lanes.resize(addresses->size() * lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::map<std::string, std::shared_ptr<store>> made;
    auto store_at = [&](const config::redis_address& address) {
      auto& one = made[config::to_string(address)];
      if (!one)
        one = make(next_context(), address, from, *tls, keep);
      return one;
    };
    for (std::size_t i = 0; i < addresses->size(); ++i)
      out.lanes[i * lanes + lane] = store_at((*addresses)[i]);
    if (lane == 0)
      out.nodes = std::dynamic_pointer_cast<node_registry>(out.lanes.front());
    std::vector<std::shared_ptr<store>> previous;
    for (const auto& address : *previous_addresses) {
      auto known = made.size();
      previous.push_back(store_at(address));
      if (made.size() != known)
        out.former.push_back(previous.back());
    }
    if (previous.empty())
      continue;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
      auto& current = out.lanes[i * lanes + lane];
      current = make_moving_store(next_context(), std::move(current), previous,
                                  keep.delete_guard);
    }
  }
  return out;
}

} // namespace lastseen::redis
