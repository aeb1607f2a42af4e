#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lastseen {

/// A count of what happened since the start. Raised and read from any thread,
/// without a lock or an order between threads.
class counter {
public:
  counter& operator++() noexcept {
    return *this += 1;
  }

  counter& operator+=(std::uint64_t n) noexcept {
    value_.fetch_add(n, std::memory_order_relaxed);
    return *this;
  }

  operator std::uint64_t() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// How often values fell below each of a few bounds, and their sum. From any
/// thread, as a counter. Values and bounds are whole numbers of one unit.
template <std::size_t N>
class histogram {
public:
  using bounds_type = std::array<std::uint64_t, N>;

  /// `bounds` ascend; a value counts in the first one that is not less.
  explicit histogram(const bounds_type& bounds) : bounds_(bounds) {}

  void observe(std::uint64_t value) noexcept {
    auto i = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts_[static_cast<std::size_t>(i - bounds_.begin())];
    sum_ += value;
  }

  const bounds_type& bounds() const noexcept {
    return bounds_;
  }

  /// Values in bucket `i`, of `i` and the bound before it; N: above all.
  std::uint64_t count(std::size_t i) const noexcept {
    return counts_[i];
  }

  std::uint64_t sum() const noexcept {
    return sum_;
  }

private:
  const bounds_type& bounds_;
  std::array<counter, N + 1> counts_;
  counter sum_;
};

/// Durations from 100 µs to 10 s, in microseconds.
class latency_histogram : public histogram<15> {
public:
  static constexpr bounds_type micros{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};

  latency_histogram() : histogram(micros) {}

  /// A duration below zero counts as none.
  void observe(std::chrono::microseconds took) noexcept {
    histogram::observe(
      static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }
};

/// Numbers of users from 1 to 4096.
class size_histogram : public histogram<7> {
public:
  static constexpr bounds_type users{1, 4, 16, 64, 256, 1024, 4096};

  size_histogram() : histogram(users) {}
};

/// Counters of one kind for every thread, so that threads which count at the
/// same time do not wait for each other's cache lines.
template <class T>
class per_thread {
public:
  /// Those of this thread; of a few others too where there are many threads.
  T& mine() noexcept {
    thread_local const std::size_t i = next_.fetch_add(1) % slots;
    return all_[i].value;
  }

  /// The sum over all threads of the counter that `get` picks.
  template <class F>
  std::uint64_t sum(F get) const noexcept {
    std::uint64_t out = 0;
    for (const auto& x : all_)
      out += get(x.value);
    return out;
  }

private:
  static constexpr std::size_t slots = 16;

  struct alignas(64) slot {
    T value;
  };

  static inline std::atomic<std::size_t> next_{0};
  std::array<slot, slots> all_;
};

} // namespace lastseen
