#include "status/jump_hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lastseen {
namespace {

struct vector {
  std::string_view key;
  std::uint64_t hash;
  std::array<std::size_t, 8> shard; // of 1, 2, ... 8
};

// Of the contract, B.6.3.
constexpr vector vectors[] = {
  {"", 0xcbf29ce484222325, {0, 1, 1, 1, 1, 1, 1, 1}},
  {"42", 0x07ee7e07b4b19223, {0, 1, 1, 1, 4, 4, 4, 4}},
  {"1", 0xaf63ac4c86019afc, {0, 1, 2, 2, 2, 2, 2, 2}},
  {"user:1", 0xf7fd9aaa75081ceb, {0, 0, 0, 0, 0, 5, 5, 5}},
  {"alice", 0x508b2abb65a03907, {0, 0, 0, 3, 4, 4, 4, 4}},
  {"\xd0\xba\xd0\xb0\xd0\xbd\xd0\xb0\xd0\xbb",
   0x5ba05fa0749d2d79,
   {0, 1, 2, 2, 2, 2, 6, 6}},
};

TEST(JumpHash, AgreesWithTheVectors) {
  for (auto& x : vectors) {
    EXPECT_EQ(fnv1a_64(x.key), x.hash) << x.key;
    for (std::size_t n = 1; n <= 8; ++n) {
      EXPECT_EQ(jump_hash(x.hash, n), x.shard[n - 1]) << x.key << ' ' << n;
      EXPECT_EQ(shard_of(x.key, n), x.shard[n - 1]) << x.key << ' ' << n;
    }
  }
}

TEST(JumpHash, HashesBytesAboveSevenBits) {
  EXPECT_EQ(fnv1a_64("\xff"), (0xcbf29ce484222325 ^ 0xff) * 0x100000001b3);
  EXPECT_NE(fnv1a_64(std::string_view{"\0", 1}), fnv1a_64(""));
}

TEST(JumpHash, StaysBelowTheNumberOfBuckets) {
  for (std::size_t n : {1u, 2u, 3u, 100u, 16'384u})
    for (auto key : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1}})
      EXPECT_LT(jump_hash(key, n), n);
}

TEST(JumpHash, MovesUsersOnlyToTheNewShard) {
  auto moved = 0;
  for (auto i = 0; i < 10'000; ++i) {
    auto user = std::to_string(i);
    auto before = shard_of(user, 4);
    auto after = shard_of(user, 5);
    if (after != before) {
      ASSERT_EQ(after, 4u) << user;
      ++moved;
    }
  }
  EXPECT_NEAR(moved, 2'000, 200);
}

TEST(JumpHash, SpreadsEvenly) {
  std::vector<int> count(5);
  for (auto i = 0; i < 10'000; ++i)
    ++count[shard_of("user:" + std::to_string(i), 5)];
  for (auto n : count)
    EXPECT_NEAR(n, 2'000, 200);
}

TEST(LaneMap, NumbersLanesShardByShard) {
  lane_map one{5, 1};
  lane_map four{5, 4};
  EXPECT_EQ(four.size(), 20u);
  std::vector<int> count(20);
  for (auto i = 0; i < 10'000; ++i) {
    auto user = "user:" + std::to_string(i);
    EXPECT_EQ(one.lane_of(user), shard_of(user, 5));
    auto lane = four.lane_of(user);
    ASSERT_LT(lane, 20u);
    EXPECT_EQ(four.shard_of_lane(lane), shard_of(user, 5));
    ++count[lane];
  }
  for (auto n : count)
    EXPECT_NEAR(n, 500, 100);
}

} // namespace
} // namespace lastseen
