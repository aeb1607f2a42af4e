#include "net/metrics.hpp"

#include "net/collectors.hpp"
#include "net/metric_samples.hpp"
#include "net/process_usage.hpp"

#include <array>
#include <string>

namespace lastseen {

namespace {

using prometheus::MetricType;
using namespace collectors;

constexpr double micros_per_second = 1e6;

// -- all of one kind ----------------------------------------------------------

samples gauge(double x) {
  metric_samples out;
  out.gauge({}, x);
  return out.take();
}

samples count(std::uint64_t n) {
  metric_samples out;
  out.count({}, n);
  return out.take();
}

template <const counter shard_counters::*What>
samples shard_count(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    out.count({{"shard", shard}}, x.shard->counters().*What);
  });
}

template <const std::atomic<std::size_t> shard_gauge::*What>
samples shard_size(const environment& env) {
  return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
    out.gauge({{"shard", shard}}, static_cast<double>((*x.gauge).*What));
  });
}

// -- the table ----------------------------------------------------------------

constexpr auto table = std::to_array<metric>({
  {"lastseen_build_info", MetricType::Gauge, "version",
   "Always 1: which version this is.",
   [](const environment&) {
     metric_samples out;
     out.gauge({{"version", LASTSEEN_VERSION}}, 1);
     return out.take();
   }},
  {"process_cpu_seconds_total", MetricType::Counter, "",
   "CPU time of the process, user and system.",
   [](const environment&) {
     prometheus::ClientMetric x;
     x.counter.value = look_at_process().cpu_seconds;
     return samples{x};
   }},
  {"process_resident_memory_bytes", MetricType::Gauge, "",
   "Resident memory of the process.",
   [](const environment&) {
     return gauge(static_cast<double>(look_at_process().resident_bytes));
   }},
  {"process_open_fds", MetricType::Gauge, "",
   "Open file descriptors; a connection has one.",
   [](const environment&) {
     return gauge(static_cast<double>(look_at_process().open_files));
   }},
  {"process_max_fds", MetricType::Gauge, "",
   "How many file descriptors the process may open.",
   [](const environment&) {
     return gauge(static_cast<double>(look_at_process().max_open_files));
   }},

  {"lastseen_http_connections", MetricType::Gauge, "",
   "Open HTTP connections, without those of clients.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.http_connections));
   }},
  {"lastseen_grpc_connections", MetricType::Gauge, "",
   "Open connections of the server API over gRPC.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.grpc_connections.count()));
   }},
  {"lastseen_accept_pauses_total", MetricType::Counter, "",
   "Pauses of 100 ms in which no connection was accepted: no file descriptor "
   "was left, or too many connections were there.",
   [](const environment& env) { return count(env.accept_pauses); }},
  {"lastseen_tls_handshake_failures_total", MetricType::Counter, "",
   "Connections that ended in their TLS handshake: no TLS, no version or "
   "cipher in common, no valid certificate of the client.",
   [](const environment& env) { return count(env.handshake_failures); }},
  {"lastseen_receive_overflows_total", MetricType::Counter, "",
   "Connections closed because all together kept over 64 MiB of requests and "
   "frames that had come in part: each time the one with most.",
   [](const environment& env) { return count(env.received.overflows); }},
  {"lastseen_http_responses_total", MetricType::Counter, "status",
   "HTTP answers by status; 101 is a client's WebSocket.", http_responses},
  {"lastseen_grpc_responses_total", MetricType::Counter, "method, status",
   "Calls by gRPC that were answered, by the status that gRPC tells; `OK` is "
   "also that of an error in the response. What gRPC refuses itself, as larger "
   "than a message may be, is not in it.",
   grpc_responses},
  {"lastseen_api_calls_in_flight", MetricType::Gauge, "",
   "Calls of the server API that wait for their shards, or for what nodes "
   "tell.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.calls));
   }},
  {"lastseen_api_call_duration_seconds", MetricType::Histogram,
   "protocol, method",
   "Duration of calls of the server API that were carried out, failed ones "
   "too; `_count` counts them.",
   [](const environment& env) {
     return for_methods(env, [](auto& out, std::string_view protocol,
                                std::string_view name, const auto& x) {
       out.buckets({{"protocol", protocol}, {"method", name}}, x.latency,
                   micros_per_second);
     });
   }},
  {"lastseen_api_users_total", MetricType::Counter, "protocol, method",
   "Users named in calls of the server API that were carried out.",
   [](const environment& env) {
     return for_methods(env, [](auto& out, std::string_view protocol,
                                std::string_view name, const auto& x) {
       out.count({{"protocol", protocol}, {"method", name}}, x.users);
     });
   }},
  {"lastseen_api_errors_total", MetricType::Counter, "protocol, method, code",
   "Calls of the server API answered with an error; with `allow_partial` also "
   "those that were answered in part (100). `other` is a method that is not "
   "served.",
   api_errors},

  {"lastseen_clients", MetricType::Gauge, "",
   "Open client connections, with or without a user.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.clients));
   }},
  {"lastseen_connected_users", MetricType::Gauge, "",
   "Users with at least one of these connections.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.connected_users.size()));
   }},
  {"lastseen_client_connections_total", MetricType::Counter, "",
   "Client connections that were accepted.",
   [](const environment& env) {
     return count(env.client_counters.sum(
       [](const auto& x) -> const auto& { return x.connections; }));
   }},
  {"lastseen_client_commands_total", MetricType::Counter, "command",
   "Commands of clients; `none` has no known body, `other` is one of the "
   "protocol that is not served.",
   client_commands},
  {"lastseen_client_pongs_total", MetricType::Counter, "",
   "Pings that clients answered.",
   [](const environment& env) {
     return count(env.client_counters.sum(
       [](const auto& x) -> const auto& { return x.pongs; }));
   }},
  {"lastseen_client_errors_total", MetricType::Counter, "code",
   "Commands answered with an error.", client_errors},
  {"lastseen_client_disconnects_total", MetricType::Counter, "code",
   "Client connections that this side ended, by the code that clients are "
   "told.",
   client_disconnects},

  {"lastseen_shard_info", MetricType::Gauge, "shard, store",
   "Always 1: which store a shard is.",
   [](const environment& env) {
     return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
       out.gauge({{"shard", shard}, {"store", x.shard->store_name()}}, 1);
     });
   }},
  {"lastseen_store_up", MetricType::Gauge, "shard",
   "Whether the store can be reached.",
   [](const environment& env) {
     return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
       out.gauge({{"shard", shard}}, x.gauge->problem().empty() ? 1 : 0);
     });
   }},
  {"lastseen_store_reconnects_total", MetricType::Counter, "shard",
   "How often the link to the store came back after a loss.",
   shard_count<&shard_counters::reconnects>},
  {"lastseen_store_errors_total", MetricType::Counter,
   "shard, operation, cause",
   "What failed at the store: `connect` (a link that was lost or not made), "
   "`read` (round trips), `write` (batches). The cause is an error code of "
   "the server (`LOADING`, `OOM` …), `WAIT` (not enough replicas have it), "
   "`timeout`, `not connected`, or `unavailable`, `not_ready`, `rejected`, "
   "`stopped`. A series begins with its first error.",
   store_errors},
  {"lastseen_store_duration_seconds", MetricType::Histogram, "shard, operation",
   "Duration of round trips to the store (`read`) and of batches (`write`), "
   "failed ones too; `_count` counts them.",
   store_latency},
  {"lastseen_batch_users", MetricType::Histogram, "shard",
   "Users in the batches that were sent to the store.",
   [](const environment& env) {
     return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
       out.buckets({{"shard", shard}}, x.shard->counters().batch_users);
     });
   }},
  {"lastseen_updates_total", MetricType::Counter, "shard",
   "Updates in: reports and signs of life of clients, users of API updates "
   "and deletes, refused ones too.",
   shard_count<&shard_counters::updates>},
  {"lastseen_users_written_total", MetricType::Counter, "shard",
   "Writes out: users in acknowledged batches. Updates in per write out is "
   "how much they collapse.",
   shard_count<&shard_counters::written>},
  {"lastseen_updates_refused_total", MetricType::Counter, "shard, reason",
   "Updates not taken in since `max_pending_users` is reached, and users "
   "whose updates the store will never take (`rejected`).",
   updates_refused},
  {"lastseen_updates_dropped_total", MetricType::Counter, "shard, reason",
   "Users in acknowledged batches with an update that came to nothing: older "
   "than `expire_interval` (`expired`), or than `delete_guard` and without a "
   "stored status, as after a delete (`guarded`), or not newer than a stored "
   "delete (`deleted`).",
   updates_dropped},
  {"lastseen_values_unparsable_total", MetricType::Counter, "shard",
   "Stored values that are none of ours, each time one was met.",
   shard_count<&shard_counters::unparsable>},
  {"lastseen_pending_users", MetricType::Gauge, "shard",
   "Users with updates that the store has not acknowledged, held ones too.",
   shard_size<&shard_gauge::pending>},
  {"lastseen_pending_oldest_age_seconds", MetricType::Gauge, "shard",
   "Age of the oldest of these updates; 0 without any. Up to "
   "`debounce_interval` is usual.",
   oldest_pending},
  {"lastseen_waiting_reads", MetricType::Gauge, "shard",
   "Users waiting to be put into a round trip to the store.",
   shard_size<&shard_gauge::waiting_reads>},
  {"lastseen_api_mailbox_messages", MetricType::Gauge, "",
   "Messages that waited behind the last one that the actor of the server API "
   "handled.",
   [](const environment& env) {
     return gauge(static_cast<double>(env.api_mailbox));
   }},
  {"lastseen_mailbox_messages", MetricType::Gauge, "shard",
   "Messages that waited behind the last one that the shard's actor handled.",
   shard_size<&shard_gauge::mailbox_length>},
  {"lastseen_mailbox_delay_seconds", MetricType::Gauge, "shard",
   "How long the last report of a client or API update waited in the mailbox "
   "of the shard's actor.",
   [](const environment& env) {
     return for_shards(env, [](auto& out, const auto& shard, const auto& x) {
       out.gauge({{"shard", shard}}, static_cast<double>(x.gauge->mailbox_delay)
                                       / micros_per_second);
     });
   }},
  {"lastseen_shard_clock_offset_seconds", MetricType::Gauge, "shard",
   "By how much the shard's clock is ahead of this machine's; times are the "
   "shard's. Absent until the store has answered.",
   clock_offset},
});

} // namespace

std::span<const metric> metrics() {
  return table;
}

} // namespace lastseen
