#include "actors/rate_limit.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr local_time start{1h};

int take_all(token_bucket& bucket, const rate_limit& limit, local_time now) {
  int n = 0;
  while (n < 1000 && bucket.take(limit, now))
    ++n;
  return n;
}

TEST(RateLimit, GivesABurstAndThenTheRate) {
  rate_limit limit{100, 200};
  token_bucket bucket;
  EXPECT_EQ(take_all(bucket, limit, start), 200);
  EXPECT_FALSE(bucket.take(limit, start + 9ms));
  EXPECT_TRUE(bucket.take(limit, start + 10ms));
  EXPECT_FALSE(bucket.take(limit, start + 10ms));
  EXPECT_EQ(take_all(bucket, limit, start + 1s), 99);
}

TEST(RateLimit, IsFullAgainAfterAPauseAndNotFuller) {
  rate_limit limit{10, 5};
  token_bucket bucket;
  EXPECT_EQ(take_all(bucket, limit, start), 5);
  EXPECT_EQ(take_all(bucket, limit, start + 500ms), 5);
  EXPECT_EQ(take_all(bucket, limit, start + 100h), 5);
}

TEST(RateLimit, CountsNothingThatIsRefused) {
  rate_limit limit{1, 1};
  token_bucket bucket;
  EXPECT_TRUE(bucket.take(limit, start));
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(bucket.take(limit, start + 999ms));
  EXPECT_TRUE(bucket.take(limit, start + 1s));
}

TEST(RateLimit, MayBeAsLowOrAsHighAsTheSettingsAllow) {
  token_bucket slow;
  EXPECT_EQ(take_all(slow, {1, 1}, start), 1);
  token_bucket fast;
  EXPECT_EQ(take_all(fast, {1'000'000, 10}, start), 10);
  EXPECT_TRUE(fast.take({1'000'000, 10}, start + 1us));
}

TEST(RateLimit, OfZeroIsNone) {
  EXPECT_TRUE(rate_limit{}.unlimited());
  EXPECT_TRUE((rate_limit{0, 5}.unlimited()));
  token_bucket bucket;
  EXPECT_EQ(take_all(bucket, {0, 5}, start), 1000);
  EXPECT_TRUE(bucket.take({1, 1}, start));
}

} // namespace
} // namespace lastseen
