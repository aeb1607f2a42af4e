#include "redis/cluster_topology.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen::redis {
namespace {

std::string bulk(const std::string& bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

std::string node(const std::string& host, int port,
                 const std::string& more = "") {
  return "*" + std::string{more.empty() ? "3" : "4"} + "\r\n" + host + ":"
         + std::to_string(port) + "\r\n" + bulk("0123456789") + more;
}

std::string range(int first, int last, int nodes) {
  return "*" + std::to_string(2 + nodes) + "\r\n:" + std::to_string(first)
         + "\r\n:" + std::to_string(last) + "\r\n";
}

std::optional<std::vector<slot_range>> parse(const std::string& bytes) {
  reply_reader reader;
  reader.feed(bytes);
  auto text = reader.next();
  if (!text || *text == nullptr) {
    ADD_FAILURE() << "no reply";
    return std::nullopt;
  }
  return parse_slots(**text, "10.0.0.9");
}

TEST(ClusterTopologyTest, ReadsMastersAndReplicas) {
  auto ranges = parse("*2\r\n" + range(0, 8191, 2)
                      + node(bulk("10.0.0.1"), 6379) + node(bulk("::1"), 6380)
                      + range(8192, 16383, 1) + node(bulk("redis-2"), 7000));
  ASSERT_TRUE(ranges);
  ASSERT_EQ(ranges->size(), 2u);
  auto& first = ranges->at(0);
  auto& second = ranges->at(1);
  EXPECT_EQ(first.first, 0);
  EXPECT_EQ(first.last, 8191);
  EXPECT_EQ(first.master, (endpoint{"10.0.0.1", 6379}));
  EXPECT_EQ(first.replicas, (std::vector<endpoint>{{"::1", 6380}}));
  EXPECT_EQ(second.first, 8192);
  EXPECT_EQ(second.last, 16383);
  EXPECT_EQ(second.master, (endpoint{"redis-2", 7000}));
  EXPECT_TRUE(second.replicas.empty());
}

TEST(ClusterTopologyTest, AHostThatIsLeftOutIsTheOneAsked) {
  for (auto& host : {bulk(""), bulk("?"), std::string{"$-1\r\n"}}) {
    auto ranges = parse("*1\r\n" + range(5, 5, 1) + node(host, 7001));
    ASSERT_TRUE(ranges);
    EXPECT_EQ(ranges->at(0).master, (endpoint{"10.0.0.9", 7001}));
  }
}

TEST(ClusterTopologyTest, SkipsWhatLaterVersionsAdd) {
  auto more = "*2\r\n" + bulk("hostname") + "*1\r\n" + bulk("x");
  auto ranges =
    parse("*2\r\n" + range(0, 1, 2) + node(bulk("10.0.0.1"), 1, more)
          + node(bulk("10.0.0.2"), 2, "*0\r\n") + range(2, 3, 1)
          + node(bulk("10.0.0.3"), 3));
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->at(0).replicas.at(0).port, 2);
  EXPECT_EQ(ranges->at(1).master.port, 3);
}

TEST(ClusterTopologyTest, NoSlotsIsAnEmptyMap) {
  auto ranges = parse("*0\r\n");
  ASSERT_TRUE(ranges);
  EXPECT_TRUE(ranges->empty());
}

TEST(ClusterTopologyTest, WhatIsNoSlotMapIsRefused) {
  for (auto& bytes : {std::string{"+OK\r\n"}, std::string{"*1\r\n:1\r\n"},
                      "*1\r\n" + range(0, 1, 0),
                      "*1\r\n" + range(2, 1, 1) + node(bulk("a"), 1),
                      "*1\r\n" + range(0, 16384, 1) + node(bulk("a"), 1),
                      "*1\r\n" + range(-1, 5, 1) + node(bulk("a"), 1),
                      "*1\r\n" + range(0, 1, 1) + node(bulk("a"), 65536),
                      "*1\r\n" + range(0, 1, 1) + node(":7\r\n", 1),
                      "*1\r\n" + range(0, 1, 1) + "*1\r\n" + bulk("a")})
    EXPECT_FALSE(parse(bytes)) << bytes;
}

TEST(ClusterTopologyTest, ReadsRedirects) {
  auto moved = parse_redirect("MOVED 3999 127.0.0.1:6381", "asked");
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (endpoint{"127.0.0.1", 6381}));
  auto ask = parse_redirect("ASK 16383 fe80::1:6381", "asked");
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->ask);
  EXPECT_EQ(ask->slot, 16383);
  EXPECT_EQ(ask->to, (endpoint{"fe80::1", 6381}));
  auto same_host = parse_redirect("MOVED 0 :6381", "asked");
  ASSERT_TRUE(same_host);
  EXPECT_EQ(same_host->to, (endpoint{"asked", 6381}));
}

TEST(ClusterTopologyTest, WhatIsNoRedirectIsRefused) {
  for (auto text :
       {"", "MOVED", "MOVED ", "MOVED 1", "MOVED x 127.0.0.1:1", "ASK 1 ",
        "MOVED 16384 127.0.0.1:1", "MOVED 1 127.0.0.1",
        "MOVED 1 127.0.0.1:", "MOVED 1 127.0.0.1:0", "MOVED 1 127.0.0.1:65536",
        "ASKING", "CLUSTERDOWN Hash slot not served", "MOVED -1 127.0.0.1:1"})
    EXPECT_FALSE(parse_redirect(text, "asked")) << text;
}

} // namespace
} // namespace lastseen::redis
