#include "redis/backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastseen::redis {
namespace {

std::vector<long> waits(backoff& x, int count, std::uint32_t random) {
  std::vector<long> out;
  while (count-- > 0)
    out.push_back(x.next(random).count());
  return out;
}

TEST(BackoffTest, DoublesUpToTheBound) {
  backoff x;
  EXPECT_EQ(waits(x, 8, 0),
            (std::vector<long>{20, 40, 80, 160, 320, 500, 500, 500}));
}

TEST(BackoffTest, StartsAnewAfterAReset) {
  backoff x;
  waits(x, 5, 0);
  x.reset();
  EXPECT_EQ(waits(x, 2, 0), (std::vector<long>{20, 40}));
}

TEST(BackoffTest, AddsUpToAQuarter) {
  for (std::uint32_t random = 0; random < 1000; ++random) {
    backoff x;
    auto wait = x.next(random).count();
    EXPECT_GE(wait, 20);
    EXPECT_LE(wait, 25);
  }
  backoff x;
  EXPECT_EQ(x.next(5).count(), 25);
  EXPECT_EQ(x.next(10).count(), 50);
}

} // namespace
} // namespace lastseen::redis
