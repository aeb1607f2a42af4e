#pragma once

#include "net/environment.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen {

/// All there is to say of one metric. `/metrics` and docs/metrics.md are made
/// from the table of these.
struct metric {
  std::string_view name;
  prometheus::MetricType type;
  /// As in docs: `shard, cause`; empty: none.
  std::string_view labels;
  std::string_view help;
  /// Its values now, from counters that others keep.
  std::vector<prometheus::ClientMetric> (*collect)(const environment&);
};

/// Every metric, in the order of the page.
std::span<const metric> metrics();

inline constexpr std::string_view metrics_content_type =
  "text/plain; version=0.0.4; charset=utf-8";

/// The page that Prometheus reads: version 0.0.4 of its text format. From any
/// thread; counters may move while it is made.
std::string render_metrics(const environment& env);

/// The whole of docs/metrics.md.
std::string render_metrics_reference();

} // namespace lastseen
