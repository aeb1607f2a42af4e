#pragma once

#include "status/counter.hpp"

#include <cstddef>
#include <initializer_list>
#include <prometheus/client_metric.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen {

/// The values of one metric, while they are gathered.
class metric_samples {
public:
  using label = std::pair<std::string_view, std::string_view>;
  using labels = std::initializer_list<label>;

  void count(const labels& of, std::uint64_t n) {
    add(of).counter.value = static_cast<double>(n);
  }

  void gauge(const labels& of, double x) {
    add(of).gauge.value = x;
  }

  /// `units` is how many of the histogram's units make one of the metric's.
  template <std::size_t N>
  void buckets(const labels& of, const histogram<N>& from, double units = 1) {
    auto& x = add(of).histogram;
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < N; ++i) {
      n += from.count(i);
      x.bucket.push_back({n, static_cast<double>(from.bounds()[i]) / units});
    }
    x.sample_count = n + from.count(N);
    x.sample_sum = static_cast<double>(from.sum()) / units;
  }

  std::size_t size() const noexcept {
    return all_.size();
  }

  /// One more label for all from the `first` on.
  void add_label(std::size_t first, std::string_view name,
                 std::string_view value) {
    for (; first < all_.size(); ++first)
      all_[first].label.push_back({std::string{name}, std::string{value}});
  }

  std::vector<prometheus::ClientMetric> take() {
    return std::move(all_);
  }

private:
  prometheus::ClientMetric& add(const labels& of) {
    auto& x = all_.emplace_back();
    for (const auto& [name, value] : of)
      x.label.push_back({std::string{name}, std::string{value}});
    return x;
  }

  std::vector<prometheus::ClientMetric> all_;
};

} // namespace lastseen
