#include "status/counter.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

TEST(CounterTest, CountsWhatAllThreadsDid) {
  per_thread<counter> aut;
  std::vector<std::thread> threads;
  threads.reserve(20);
  for (int i = 0; i < 20; ++i) // more than there are places
    threads.emplace_back([&aut] {
      for (int n = 0; n < 1000; ++n)
        ++aut.mine();
      aut.mine() += 5;
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(aut.sum([](const counter& x) -> const counter& { return x; }),
            20u * 1005);
}

TEST(CounterTest, AHistogramCountsAValueBelowTheFirstBoundThatIsNotLess) {
  size_histogram aut;
  for (auto users : {0, 1, 2, 4, 5, 4096, 4097, 10'000})
    aut.observe(static_cast<std::uint64_t>(users));
  ASSERT_EQ(aut.bounds()[0], 1u);
  ASSERT_EQ(aut.bounds()[6], 4096u);
  EXPECT_EQ(aut.count(0), 2u);
  EXPECT_EQ(aut.count(1), 2u); // up to 4
  EXPECT_EQ(aut.count(2), 1u); // up to 16
  EXPECT_EQ(aut.count(5), 0u);
  EXPECT_EQ(aut.count(6), 1u);
  EXPECT_EQ(aut.count(7), 2u); // above all
  EXPECT_EQ(aut.sum(), 18'205u);
}

TEST(CounterTest, ALatencyBelowZeroIsNone) {
  latency_histogram aut;
  aut.observe(-5us);
  aut.observe(2ms);
  EXPECT_EQ(aut.count(0), 1u);
  EXPECT_EQ(aut.sum(), 2000u);
}

} // namespace
} // namespace lastseen
