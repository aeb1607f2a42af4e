#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lastseen::bench {

/// One line of the outcome.
struct row {
  std::string scenario;
  /// Of `ours` and `baseline`, for example `us per RPC`.
  std::string unit;
  double ours = 0;
  /// What it is compared with; nothing for a fixed limit.
  std::optional<double> baseline;
  std::string baseline_name;
  /// Of `ours / baseline`, or of `ours` when there is no baseline. Nothing for
  /// a run under other conditions than those the limit was made for.
  std::optional<double> limit;
};

/// REQUIRES: `xs` is not empty.
double median(std::vector<double> xs);

/// Whether the row has a limit and exceeds it.
bool over(const row& x);

/// A markdown table.
std::string to_table(const std::vector<row>& rows);

} // namespace lastseen::bench
