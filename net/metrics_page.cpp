#include "net/metrics.hpp"

#include <prometheus/text_serializer.h>
#include <sstream>
#include <utility>

namespace lastseen {

namespace {

constexpr std::string_view head = R"(# Metrics

This page is generated from `net/metrics.cpp`; a test keeps the two equal.

With `prometheus.enabled` the HTTP listener serves `/metrics` in Prometheus'
text format. Counters begin at 0 with the process; what is counted costs the hot
paths an addition each, and is gathered when it is asked for. A shard is its
place in the list of addresses, `lastseen_shard_info` has its address. Where
shards have several lanes (`user_status.lanes`), what is told of a shard is told
of each lane, with a label `lane` more: `sum by (shard) (...)` adds them up.
[grafana-dashboard.json](grafana-dashboard.json) shows them: import it and choose
the data source.

With `health.enabled` there are also:

| path | answer |
|---|---|
| `/health` | 200 `{}` as long as the process serves requests |
| `/ready` | 200 `{"ready":true}`; 503 `{"ready":false,"reasons":["shard 0: redis 10.0.0.5:6379: connect: Connection refused"]}` while a shard's store cannot be reached or the service stops |

What is worth an alert:

| expression | means |
|---|---|
| `lastseen_store_up == 0` | a store cannot be reached; updates wait, reads fail |
| `lastseen_pending_oldest_age_seconds > 10` | updates are not written, whatever the reason |
| `rate(lastseen_updates_refused_total[5m]) > 0` | updates are lost: the table is full, or the store refuses them |
| `abs(lastseen_shard_clock_offset_seconds) > 60` | somebody's clock is wrong |

| metric | type | labels | meaning |
|---|---|---|---|
)";

std::string_view name_of(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    default:
      return "histogram";
  }
}

// Labels as `a`, `b`.
std::string quoted(std::string_view labels) {
  std::string out;
  for (auto c : labels)
    if (c == ',')
      out += "`, `";
    else if (c != ' ')
      out += c;
  return out.empty() ? out : '`' + out + '`';
}

} // namespace

std::string render_metrics(const environment& env) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(metrics().size());
  for (const auto& x : metrics())
    families.push_back(
      {std::string{x.name}, std::string{x.help}, x.type, x.collect(env)});
  // A family without a series is no more than its comments.
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, families);
  return std::move(out).str();
}

std::string render_metrics_reference() {
  auto out = std::string{head};
  for (const auto& x : metrics())
    out += "| `" + std::string{x.name} + "` | " + std::string{name_of(x.type)}
           + " | " + quoted(x.labels) + " | " + std::string{x.help} + " |\n";
  return out;
}

} // namespace lastseen
