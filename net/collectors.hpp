#pragma once

#include "net/environment.hpp"
#include "net/metric_samples.hpp"

#include <cstddef>
#include <string>

/// The values of those metrics that take more than a line: see `metric`.
namespace lastseen::collectors {

using samples = std::vector<prometheus::ClientMetric>;

/// Calls `add(samples, name of the shard, lane)` for each lane. What it adds is
/// labelled with the lane where shards have several.
template <class F>
samples for_shards(const environment& env, F add) {
  metric_samples out;
  const auto& map = env.directory->map();
  for (std::size_t i = 0; i < env.shards.size(); ++i) {
    auto first = out.size();
    add(out, std::to_string(map.shard_of_lane(i)), env.shards[i]);
    if (map.lanes > 1)
      out.add_label(first, "lane", std::to_string(i % map.lanes));
  }
  return out.take();
}

/// Calls `add(samples, protocol, counters)` for each protocol that the server
/// API is served over.
template <class F>
samples for_protocols(const environment& env, F add) {
  metric_samples out;
  add(out, "http", env.api_counters);
  if (env.settings.grpc_api.enabled)
    add(out, "grpc", env.grpc_api_counters);
  return out.take();
}

/// Calls `add(samples, protocol, name, counters)` for each method of the server
/// API over each of these protocols.
template <class F>
samples for_methods(const environment& env, F add) {
  using method = api_counters::method;
  return for_protocols(
    env, [&](auto& out, std::string_view protocol, const api_counters& x) {
      for (auto what : {method::get_user_status, method::update_user_status,
                        method::delete_user_status, method::info})
        add(out, protocol, server_api::name_of(what), x[what]);
    });
}

samples http_responses(const environment& env);
samples grpc_responses(const environment& env);
samples api_errors(const environment& env);
samples client_commands(const environment& env);
samples client_errors(const environment& env);
samples client_disconnects(const environment& env);
samples store_errors(const environment& env);
samples store_latency(const environment& env);
samples updates_refused(const environment& env);
samples updates_dropped(const environment& env);
samples oldest_pending(const environment& env);
samples clock_offset(const environment& env);

} // namespace lastseen::collectors
