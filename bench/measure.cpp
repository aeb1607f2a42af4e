#include "bench/measure.hpp"

#include "bench/process.hpp"

#include <algorithm>
#include <limits>

namespace lastseen::bench {

namespace {

using namespace std::chrono_literals;

result<void> run_until(traffic& load, clock::time_point end) {
  while (clock::now() < end) {
    if (interrupted())
      return error{ec::stopped, "interrupted"};
    auto left =
      std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
    if (auto done = load.turn(std::clamp(left, 0ms, 50ms)); !done)
      return done.error();
  }
  return {};
}

result<void> drain(traffic& load) {
  load.refill = false;
  for (auto end = clock::now() + 5s; load.outstanding > 0;) {
    if (clock::now() > end)
      return error{ec::unavailable,
                   std::to_string(load.outstanding) + " replies are missing"};
    if (auto done = load.turn(50ms); !done)
      return done.error();
  }
  return {};
}

result<std::vector<std::chrono::microseconds>>
cpu_times(const std::vector<pid_t>& pids) {
  std::vector<std::chrono::microseconds> times;
  for (auto pid : pids) {
    auto x = cpu_time(pid);
    if (!x)
      return x.error();
    times.push_back(*x);
  }
  return times;
}

std::chrono::nanoseconds quantile(std::vector<std::uint32_t>& xs,
                                  std::size_t percent) {
  if (xs.empty())
    return {};
  auto at =
    xs.begin() + static_cast<std::ptrdiff_t>((xs.size() - 1) * percent / 100);
  std::nth_element(xs.begin(), at, xs.end());
  return std::chrono::nanoseconds{*at};
}

template <class Numbers, class F>
std::string list(const Numbers& xs, F f) {
  std::string out = "[";
  for (const auto& x : xs) {
    if (out.size() > 1)
      out += ',';
    out += std::to_string(f(x));
  }
  return out + ']';
}

} // namespace

void traffic::begin() {
  operations_ = 0;
  latencies_.clear();
  counting_ = true;
  begun_ = clock::now();
}

void traffic::end() {
  counting_ = false;
  elapsed_ = clock::now() - begun_;
}

report traffic::summary() {
  report x;
  x.operations = operations_;
  x.elapsed = elapsed_;
  x.p50 = quantile(latencies_, 50);
  x.p99 = quantile(latencies_, 99);
  return x;
}

void traffic::completed(clock::duration latency) {
  if (!counting_)
    return;
  ++operations_;
  constexpr clock::rep most = std::numeric_limits<std::uint32_t>::max();
  latencies_.push_back(static_cast<std::uint32_t>(
    std::clamp<clock::rep>(latency.count(), 0, most)));
}

void traffic::completed() {
  if (counting_)
    ++operations_;
}

result<report> measure(traffic& load, const window& when) {
  if (auto done = run_until(load, clock::now() + when.warm_up); !done)
    return done.error();
  auto before = cpu_times(when.watched);
  if (!before)
    return before.error();
  load.begin();
  if (auto done = run_until(load, clock::now() + when.length); !done)
    return done.error();
  load.end();
  auto after = cpu_times(when.watched);
  if (!after)
    return after.error();
  auto x = load.summary();
  for (std::size_t i = 0; i < when.watched.size(); ++i) {
    x.cpu.push_back((*after)[i] - (*before)[i]);
    auto bytes = resident(when.watched[i]);
    if (!bytes)
      return bytes.error();
    x.resident.push_back(*bytes);
  }
  if (auto done = drain(load); !done)
    return done.error();
  if (x.operations == 0)
    return error{ec::unavailable, "nothing was completed"};
  return x;
}

std::string to_json(const report& x) {
  auto seconds = std::chrono::duration<double>(x.elapsed).count();
  auto micros = [](std::chrono::nanoseconds t) {
    return std::to_string(static_cast<double>(t.count()) / 1000);
  };
  return "{\"operations\":" + std::to_string(x.operations)
         + ",\"seconds\":" + std::to_string(seconds)
         + ",\"p50_us\":" + micros(x.p50) + ",\"p99_us\":" + micros(x.p99)
         + ",\"cpu_us\":" + list(x.cpu, [](auto t) { return t.count(); })
         + ",\"resident\":" + list(x.resident, [](auto n) { return n; }) + '}';
}

} // namespace lastseen::bench
