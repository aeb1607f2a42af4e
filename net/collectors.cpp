#include "net/collectors.hpp"

#include <array>
#include <chrono>
#include <iterator>
#include <string>

namespace lastseen::collectors {

namespace {

constexpr double micros_per_second = 1e6;

} // namespace

samples http_responses(const environment& env) {
  metric_samples out;
  const auto& statuses = http_counters::statuses;
  for (std::size_t i = 0; i < statuses.size(); ++i)
    out.count({{"status", i == 0 ? "other" : std::to_string(statuses[i])}},
              env.http_counters.sum([i](const auto& x) -> const auto& {
                return x.responses[i];
              }));
  return out.take();
}

samples grpc_responses(const environment& env) {
  metric_samples out;
  if (!env.settings.grpc_api.enabled)
    return out.take();
  using counters = grpc_counters;
  for (std::size_t i = 0; i < counters::methods.size(); ++i)
    for (std::size_t j = 0; j < counters::statuses.size(); ++j)
      out.count({{"method", counters::methods[i]},
                 {"status", counters::statuses[j].name}},
                env.grpc_responses.responses[i][j]);
  return out.take();
}

samples api_errors(const environment& env) {
  using method = api_counters::method;
  return for_protocols(env, [](auto& out, std::string_view protocol,
                               const api_counters& all) {
    for (auto what : {method::get_user_status, method::update_user_status,
                      method::delete_user_status, method::info, method::other})
      for (std::size_t i = 0; i < api_counters::codes.size(); ++i) {
        auto code = static_cast<unsigned>(api_counters::codes[i]);
        auto name = server_api::name_of(what);
        out.count({{"protocol", protocol},
                   {"method", name.empty() ? "other" : name},
                   {"code", std::to_string(code)}},
                  all[what].errors[i]);
      }
  });
}

samples client_commands(const environment& env) {
  constexpr std::array<std::string_view, 7> names{
    "none", "connect", "rpc", "refresh", "send", "ping", "other"};
  metric_samples out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out.count({{"command", names[i]}},
              env.client_counters.sum([i](const auto& x) -> const auto& {
                return x.commands[i];
              }));
  return out.take();
}

samples client_errors(const environment& env) {
  metric_samples out;
  for (std::size_t i = 0; i < std::size(protocol::errors); ++i) {
    auto code = static_cast<unsigned>(protocol::errors[i].code);
    out.count({{"code", std::to_string(code)}},
              env.client_counters.sum([i](const auto& x) -> const auto& {
                return x.errors[i];
              }));
  }
  return out.take();
}

samples client_disconnects(const environment& env) {
  metric_samples out;
  for (std::size_t i = 0; i < std::size(protocol::disconnects); ++i) {
    auto code = static_cast<unsigned>(protocol::disconnects[i].code);
    out.count({{"code", std::to_string(code)}},
              env.client_counters.sum([i](const auto& x) -> const auto& {
                return x.disconnects[i];
              }));
  }
  return out.take();
}

samples store_errors(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    auto add = [&](std::string_view operation, const cause_counters& errors) {
      errors.each([&](std::string_view cause, std::uint64_t n) {
        out.count(
          {{"shard", shard}, {"operation", operation}, {"cause", cause}}, n);
      });
    };
    const auto& counters = x.shard->counters();
    add("connect", counters.link_errors);
    add("read", counters.read_errors);
    add("write", counters.write_errors);
  });
}

samples store_latency(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    const auto& counters = x.shard->counters();
    out.buckets({{"shard", shard}, {"operation", "read"}},
                counters.read_latency, micros_per_second);
    out.buckets({{"shard", shard}, {"operation", "write"}},
                counters.write_latency, micros_per_second);
  });
}

samples updates_refused(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    const auto& counters = x.shard->counters();
    out.count({{"shard", shard}, {"reason", "max_pending_users"}},
              counters.refused);
    out.count({{"shard", shard}, {"reason", "rejected"}}, counters.rejected);
  });
}

samples updates_dropped(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    const auto& counters = x.shard->counters();
    out.count({{"shard", shard}, {"reason", "expired"}}, counters.expired);
    out.count({{"shard", shard}, {"reason", "guarded"}}, counters.guarded);
    out.count({{"shard", shard}, {"reason", "deleted"}}, counters.deleted);
  });
}

samples oldest_pending(const environment& env) {
  auto now = boot_clock::now().time_since_epoch().count();
  return for_shards(env, [=](auto& out, const auto& shard, const auto& x) {
    auto since = x.gauge->oldest_pending.load();
    auto age =
      since == 0 ? 0 : static_cast<double>(now - since) / micros_per_second;
    out.gauge({{"shard", shard}}, age);
  });
}

samples clock_offset(const environment& env) {
  using namespace std::chrono;
  auto local = boot_clock::now().time_since_epoch().count();
  auto wall =
    duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  return for_shards(env, [=](auto& out, const auto& shard, const auto& x) {
    if (auto offset = x.gauge->clock_offset.load(); offset != 0)
      out.gauge({{"shard", shard}},
                static_cast<double>(local + offset - wall) / micros_per_second);
  });
}

} // namespace lastseen::collectors
