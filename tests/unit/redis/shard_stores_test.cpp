#include "redis/shard_stores.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <set>
#include <string>

namespace lastseen::redis {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ShardStores : public testing::Test {
protected:
  shard_stores make(const config::redis& from, std::size_t lanes) {
    auto made = make_shard_stores(from, lanes, {}, next_);
    EXPECT_TRUE(made) << made.error().what;
    return made ? *made : shard_stores{};
  }

  static std::vector<std::string>
  names(const std::vector<std::shared_ptr<store>>& stores) {
    std::vector<std::string> out;
    out.reserve(stores.size());
    for (const auto& x : stores)
      out.push_back(x->name());
    return out;
  }

  std::size_t asked_ = 0;
  boost::asio::io_context context_;
  std::function<boost::asio::io_context&()> next_ =
    [this]() -> boost::asio::io_context& {
    ++asked_;
    return context_;
  };
};

TEST_F(ShardStores, AreOnePerLaneShardByShard) {
  config::redis from;
  from.cluster_address = {"a:1,b:2", "c:3"};
  auto x = make(from, 2);
  EXPECT_THAT(names(x.lanes),
              ElementsAre("redis cluster a:1", "redis cluster a:1",
                          "redis cluster c:3", "redis cluster c:3"));
  EXPECT_THAT(x.former, testing::IsEmpty());
  EXPECT_EQ(std::set(x.lanes.begin(), x.lanes.end()).size(), 4U);
  EXPECT_EQ(asked_, 4U);
}

TEST_F(ShardStores, OfBothListsAreOnePerServerAndLane) {
  config::redis from;
  from.address = {"redis+cluster://a:1", "b:2"};
  from.previous_address = {"b:2", "c:3"};
  auto x = make(from, 2);
  EXPECT_THAT(names(x.lanes),
              ElementsAre("redis cluster a:1", "redis cluster a:1", "redis b:2",
                          "redis b:2"));
  EXPECT_THAT(names(x.former), ElementsAre("redis c:3", "redis c:3"));
  EXPECT_EQ(asked_, 6U + 4U); // stores, and moving stores of lanes
}

TEST_F(ShardStores, AreRefusedWithoutTheirCertificates) {
  config::redis from;
  from.tls.server_ca_pem = "/nonexistent.pem";
  auto made = make_shard_stores(from, 1, {}, next_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what,
              HasSubstr("user_status.redis.tls.server_ca_pem"));
}

} // namespace

} // namespace lastseen::redis
