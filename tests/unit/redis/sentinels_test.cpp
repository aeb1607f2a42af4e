#include "redis/sentinels.hpp"

#include <gtest/gtest.h>

namespace lastseen::redis {
namespace {

TEST(SentinelsTest, ASwitchNamesTheNewMaster) {
  auto x = parse_switch("mymaster 10.0.0.1 6379 10.0.0.2 6380", "mymaster");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->host, "10.0.0.2");
  EXPECT_EQ(x->port, 6380);
  x = parse_switch("mymaster ::1 6379 fe80::1 1", "mymaster");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->host, "fe80::1");
}

TEST(SentinelsTest, WhatMakesNoSenseIsNoSwitch) {
  for (auto text :
       {"", "mymaster", "other 10.0.0.1 6379 10.0.0.2 6380",
        "mymaster 10.0.0.1 6379 10.0.0.2", "mymaster 10.0.0.1 6379 10.0.0.2 0",
        "mymaster 10.0.0.1 6379 10.0.0.2 65536",
        "mymaster 10.0.0.1 6379 10.0.0.2 x",
        "mymaster 10.0.0.1 6379 10.0.0.2 6380 x"})
    EXPECT_FALSE(parse_switch(text, "mymaster")) << text;
}

TEST(SentinelsTest, APromotionNamesTheNextMaster) {
  auto x = parse_promotion(
    "slave 10.0.0.2:6380 10.0.0.2 6380 @ mymaster 10.0.0.1 6379", "mymaster");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->host, "10.0.0.2");
  EXPECT_EQ(x->port, 6380);
}

TEST(SentinelsTest, WhatMakesNoSenseIsNoPromotion) {
  for (auto text : {"", "slave", "slave a 10.0.0.2 6380 @ other 10.0.0.1 6379",
                    "sentinel a 10.0.0.2 6380 @ mymaster 10.0.0.1 6379",
                    "slave a 10.0.0.2 0 @ mymaster 10.0.0.1 6379",
                    "slave a 10.0.0.2 6380 mymaster 10.0.0.1 6379",
                    "slave a 10.0.0.2 6380 @ mymaster 10.0.0.1 6379 x"})
    EXPECT_FALSE(parse_promotion(text, "mymaster")) << text;
}

} // namespace
} // namespace lastseen::redis
