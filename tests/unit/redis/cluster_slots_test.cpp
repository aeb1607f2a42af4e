#include "redis/cluster_slots.hpp"

#include <gtest/gtest.h>

namespace lastseen::redis {
namespace {

// The vectors of the Cluster specification, and what CLUSTER KEYSLOT of Redis
// 7.0.15 says.

TEST(ClusterSlotsTest, IsTheCrcOfTheKey) {
  EXPECT_EQ(key_slot("123456789"), 0x31C3 % slot_count);
  EXPECT_EQ(key_slot("foo"), 12182);
  EXPECT_EQ(key_slot("bar"), 5061);
  EXPECT_EQ(key_slot(""), 0);
}

TEST(ClusterSlotsTest, IsTheCrcOfTheHashTagWhereThereIsOne) {
  EXPECT_EQ(key_slot("{user1000}.following"), key_slot("user1000"));
  EXPECT_EQ(key_slot("a{foo}b{bar}"), key_slot("foo"));
  EXPECT_EQ(key_slot("foo{{bar}}zap"), key_slot("{bar"));
  EXPECT_EQ(key_slot("foo{bar}{zap}"), key_slot("bar"));
}

TEST(ClusterSlotsTest, AnEmptyOrOpenTagIsNone) {
  EXPECT_NE(key_slot("foo{}{bar}"), key_slot("bar"));
  EXPECT_NE(key_slot("foo{bar"), key_slot("bar"));
  EXPECT_NE(key_slot("}foo{bar"), key_slot("bar"));
}

} // namespace
} // namespace lastseen::redis
