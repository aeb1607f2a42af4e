#include "status/clock_estimate.hpp"

#include <algorithm>
#include <limits>

namespace lastseen {

namespace {

std::int64_t micros(local_time t) {
  return t.time_since_epoch().count();
}

std::int64_t lower_bound(const clock_sample& x) {
  return x.server - micros(x.received);
}

// The server's reading was rounded down to a microsecond.
std::int64_t upper_bound(const clock_sample& x) {
  return x.server + 1 - micros(x.sent);
}

} // namespace

bool clock_estimate::add(const clock_sample& sample) {
  auto contradicts =
    known() && (lower_bound(sample) > upper_ || upper_bound(sample) < lower_);
  if (contradicts)
    reset();
  samples_[next_] = sample;
  next_ = (next_ + 1) % max_samples;
  count_ = std::min(count_ + 1, max_samples);
  update_bounds();
  return !contradicts;
}

void clock_estimate::reset() {
  next_ = 0;
  count_ = 0;
}

stamp clock_estimate::earliest(local_time t) const noexcept {
  return (micros(t) + lower_) / 1000;
}

stamp clock_estimate::latest(local_time t) const noexcept {
  return (micros(t) + upper_ + 999) / 1000;
}

local_time clock_estimate::after(stamp x) const noexcept {
  return local_time{boot_clock::duration{(x + 1) * 1000 - lower_}};
}

clock_sample clock_estimate::summary(local_time t) const noexcept {
  return {micros(t) + lower_, t - boot_clock::duration{upper_ - lower_ - 1}, t};
}

void clock_estimate::update_bounds() {
  lower_ = std::numeric_limits<std::int64_t>::min();
  upper_ = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < count_; ++i) {
    lower_ = std::max(lower_, lower_bound(samples_[i]));
    upper_ = std::min(upper_, upper_bound(samples_[i]));
  }
}

} // namespace lastseen
