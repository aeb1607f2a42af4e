#include "config/redis_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace lastseen::config {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

redis_address tcp(std::string host, std::uint16_t port, std::string user = "",
                  std::string password = "", std::uint32_t db = 0) {
  redis_address x;
  x.host = std::move(host);
  x.port = port;
  x.user = std::move(user);
  x.password = std::move(password);
  x.db = db;
  return x;
}

redis_address on_socket(std::string path, std::string user = "",
                        std::string password = "") {
  auto x = tcp("", 6379, std::move(user), std::move(password));
  x.unix_path = std::move(path);
  return x;
}

struct address_case {
  const char* text;
  redis_address address;
};

TEST(RedisAddress, HasManyForms) {
  for (const auto& [text, address] : {
         address_case{"127.0.0.1:6379", tcp("127.0.0.1", 6379)},
         {"redis-1.example_x.com:1", tcp("redis-1.example_x.com", 1)},
         {"localhost:65535", tcp("localhost", 65535)},
         {":6380", tcp("127.0.0.1", 6380)},
         {"[::1]:6379", tcp("::1", 6379)},
         {"redis://h:1", tcp("h", 1)},
         {"tcp://h:1", tcp("h", 1)},
         {"redis://h", tcp("h", 6379)},
         {"redis://h/", tcp("h", 6379)},
         {"redis://h:1/", tcp("h", 1)},
         {"redis://h:1/15", tcp("h", 1, "", "", 15)},
         {"redis://h/2", tcp("h", 6379, "", "", 2)},
         {"redis://", tcp("127.0.0.1", 6379)},
         {"redis://[fe80::1]", tcp("fe80::1", 6379)},
         {"redis://[fe80::1]:7/3", tcp("fe80::1", 7, "", "", 3)},
         {"redis://u:p@h:1", tcp("h", 1, "u", "p")},
         {"redis://u@h:1", tcp("h", 1, "u")},
         {"redis://:p@h:1", tcp("h", 1, "", "p")},
         {"redis://:@h:1", tcp("h", 1)},
         {"redis://@h:1", tcp("h", 1)},
         {"redis://u:p@[::1]:1/4", tcp("::1", 1, "u", "p", 4)},
         {"redis://u:a%40b%3a%2F%25@h:1", tcp("h", 1, "u", "a@b:/%")},
         {"redis://u%3A:p@h:1", tcp("h", 1, "u:", "p")},
         {"redis://u:a@b/c:d@h:1", tcp("h", 1, "u", "a@b/c:d")},
         {"unix:///run/r.sock", on_socket("/run/r.sock")},
         {"unix:///run/a%20b", on_socket("/run/a b")},
         {"unix://u:p@/r", on_socket("/r", "u", "p")},
         {"redis://h:1?", tcp("h", 1)},
         {"redis://h:1/2?force_resp2=true", tcp("h", 1, "", "", 2)},
       }) {
    auto read = parse_redis_address(text);
    ASSERT_TRUE(read) << text << ": " << read.error().what;
    EXPECT_EQ(*read, address) << text;
  }
}

TEST(RedisAddress, MayHoldTimeouts) {
  auto x =
    parse_redis_address("redis://h:1?connect_timeout=5s&io_timeout=10ms");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->connect_timeout, 5s);
  EXPECT_EQ(x->io_timeout, 10ms);
  x = parse_redis_address("unix:///r?io_timeout=1m");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->connect_timeout, 1s);
  EXPECT_EQ(x->io_timeout, 1min);
}

TEST(RedisAddress, LeavesTheRestToTheDefaults) {
  redis defaults;
  defaults.user = "du";
  defaults.password = "dp";
  defaults.db = 9;
  defaults.connect_timeout = 7s;
  defaults.io_timeout = 8s;
  auto x = parse_redis_address("h:1", defaults);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->user, "du");
  EXPECT_EQ(x->password, "dp");
  EXPECT_EQ(x->db, 9U);
  EXPECT_EQ(x->connect_timeout, 7s);
  EXPECT_EQ(x->io_timeout, 8s);
  x = parse_redis_address("redis://u:p@h:1/0?io_timeout=1s", defaults);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->user, "u");
  EXPECT_EQ(x->password, "p");
  EXPECT_EQ(x->db, 0U);
  EXPECT_EQ(x->connect_timeout, 7s);
  EXPECT_EQ(x->io_timeout, 1s);
  x = parse_redis_address("redis://:p@h:1", defaults);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->user, "du");
  EXPECT_EQ(x->password, "p");
}

struct fault_case {
  std::string text;
  const char* fault;
};

TEST(RedisAddress, IsRefusedWithTheReason) {
  for (const auto& [text, fault] : {
         fault_case{"", "must not be empty"},
         {"localhost", "the port is missing"},
         {"[::1]", "the port is missing"},
         {"h:", "port must be a number from 1 to 65535"},
         {"h:0", "port must be a number from 1 to 65535"},
         {"h:65536", "port must be a number from 1 to 65535"},
         {"h:-1", "port must be a number from 1 to 65535"},
         {"h:+1", "port must be a number from 1 to 65535"},
         {"h:1x", "port must be a number from 1 to 65535"},
         {"h: 1", "port must be a number from 1 to 65535"},
         {"h:99999999999999999999", "port must be a number from 1 to 65535"},
         {"a:1,b:2", "IPv6 address must be in brackets"},
         {"::1:6379", "IPv6 address must be in brackets"},
         {"[::1:6379", "bracket of the IPv6 address is not closed"},
         {"[h]:1", "must be an IPv6 address in the brackets"},
         {"[]:1", "must be an IPv6 address in the brackets"},
         {"[::1]6379", "only a port may follow the brackets"},
         {"a b:1", "host must be a name or an IP address"},
         {std::string("h\0x:1", 5), "host must be a name or an IP address"},
         {"h:1/0", "must be host:port, or a URL"},
         {"h:1?io_timeout=1s", "must be host:port, or a URL"},
         {"u:p@h:1", "must be host:port, or a URL"},
         {"http://h:1", "the scheme must be redis, rediss, tcp, unix"},
         {"://h:1", "the scheme must be redis, rediss, tcp, unix"},
         {"redis://h:1/x", "database must be a number"},
         {"redis://h:1/-1", "database must be a number"},
         {"redis://h:1/2147483648", "database must be a number"},
         {"redis://h:1/0/1", "database must be a number"},
         {"redis://u:%4@h:1", "percent sign in the password"},
         {"redis://u:%zz@h:1", "percent sign in the password"},
         {"redis://%:p@h:1", "percent sign in the user"},
         {"redis://h:1?io_timeout=5", "io_timeout must be a duration"},
         {"redis://h:1?io_timeout=0", "io_timeout must be a duration"},
         {"redis://h:1?connect_timeout", "connect_timeout must be a duration"},
         {"redis://h:1?x=1", "option \"x\" is unknown"},
         {"redis://h:1?=", "option \"\" is unknown"},
         {"redis://u:p?q@h:1", "question mark in the user or the password"},
         {"unix://run/r", "path of the socket must be absolute"},
         {"unix://", "path of the socket must be absolute"},
         {"unix:///a%2", "percent sign in the path"},
         {"unix:///a%00b", "at most 107 bytes"},
         {"unix:///" + std::string(107, 'a'), "at most 107 bytes"},
         {"redis+cluster://h:1/2", "the database (db) must be 0"},
         {"redis+cluster://h:1?addr=h", "addr: the port is missing"},
         {"redis+cluster://h:1?sentinel_user=x",
          "unknown: connect_timeout, io_timeout, tls_enabled and addr are"},
         {"redis://h:1?sentinel_user=x", "option \"sentinel_user\" is unknown"},
         {"redis://h:1?addr=h:2", "option \"addr\" is unknown"},
         {"redis://h:1?tls_enabled=x", "tls_enabled must be true or false"},
         {"redis+sentinel://h:1", "sentinel_master_name is missing"},
         {"redis+sentinel://h:1?sentinel_master_name=m&addr=h",
          "addr: the port is missing"},
         {"redis+sentinel://h:1?sentinel_master_name=%", "percent sign"},
         {"redis+sentinel://h:1?sentinel_tls_enabled=", "must be true or"},
         {"redis+sentinel://h:1?x=1", "addr, sentinel_user, sentinel_password"},
         {"redis://h:1?replica_client_enabled=true", "not supported yet"},
       }) {
    auto read = parse_redis_address(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ec::bad_config);
    EXPECT_THAT(read.error().what, HasSubstr(fault)) << text;
    EXPECT_THAT(read.error().what, Not(HasSubstr("\n")));
  }
}

TEST(RedisAddress, AcceptsTheLongestSocketPath) {
  EXPECT_TRUE(parse_redis_address("unix:///" + std::string(106, 'a')));
}

TEST(RedisAddress, NeverShowsALogin) {
  for (auto text :
       {"redis://tim:hush@h:0", "tim:hush@h:1", "redis://tim:hush@h:1/x",
        "rediss+cluster://tim:hush@h:1/1", "http://tim:hush@h:1",
        "redis://tim:hu?hush@h", "redis://tim:%hush@h:1", "redis://tim:%hush@",
        "tim://hush@h:1", "redis://tim:a@hush@h:0",
        "redis://h:1?sentinel_password=hush",
        "redis://h:1?sentinel_password=tim@hush", "unix://tim:hush@run/r",
        "redis://tim:hush@h:1?x=1", "redis+sentinel://tim:hush@h:1",
        "redis://h:1/x?sentinel_user=tim&sentinel_password=hush"}) {
    auto read = parse_redis_address(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().what, Not(HasSubstr("hush"))) << text;
    EXPECT_THAT(read.error().what, Not(HasSubstr("tim:"))) << text;
  }
}

TEST(RedisAddress, SurvivesAnyBytes) {
  const std::string good = "redis://u:%40p@[::1]:6379/1?io_timeout=1s";
  ASSERT_TRUE(parse_redis_address(good));
  std::mt19937 random{42};
  auto any = [&](std::size_t below) { return random() % below; };
  for (int round = 0; round < 3000; ++round) {
    auto text = good;
    for (auto changes = 1 + any(4); changes > 0; --changes) {
      auto at = any(text.size());
      if (any(3) == 0)
        text.erase(at, 1 + any(5));
      else if (any(2) == 0)
        text.insert(at, 1, "@:/?%[]&="[any(9)]);
      else
        text[at] = static_cast<char>(any(256));
    }
    if (text.empty())
      text = "x";
    auto read = parse_redis_address(text);
    if (read) {
      EXPECT_NE(read->host.empty(), read->unix_path.empty()) << text;
    } else {
      EXPECT_THAT(read.error().what, Not(HasSubstr("\n")));
    }
  }
}

TEST(RedisAddress, IsShownShort) {
  EXPECT_EQ(to_string(tcp("h", 1, "u", "p")), "h:1");
  EXPECT_EQ(to_string(tcp("h", 1, "u", "p", 3)), "h:1/3");
  EXPECT_EQ(to_string(tcp("::1", 6379)), "[::1]:6379");
  EXPECT_EQ(to_string(on_socket("/run/r.sock", "u", "p")), "/run/r.sock");
}

TEST(RedisAddress, MayAskForTls) {
  for (auto [text, expected] : {std::pair{"rediss://h:1", true},
                                {"redis://h:1", false},
                                {"redis://h:1?tls_enabled=true", true},
                                {"rediss://h:1?tls_enabled=false", false},
                                {"unix:///r?tls_enabled=1", true}})
    EXPECT_EQ(parse_redis_address(text).value().tls, expected) << text;
  redis defaults;
  defaults.tls.enabled = true;
  EXPECT_TRUE(parse_redis_address("h:1", defaults).value().tls);
  EXPECT_FALSE(
    parse_redis_address("redis://h:1?tls_enabled=0", defaults).value().tls);
}

TEST(RedisAddress, MayNameSentinels) {
  auto x = parse_redis_address(
    "rediss+sentinel://u:p@s1/2?sentinel_master_name=my%20m&addr=s2:2"
    "&addr=[::1]:3&sentinel_user=su&sentinel_password=s%26p"
    "&sentinel_tls_enabled=true&io_timeout=2s");
  ASSERT_TRUE(x) << x.error().what;
  auto expected = tcp("", 6379, "u", "p", 2);
  expected.tls = true;
  expected.io_timeout = 2s;
  expected.master_name = "my m";
  for (auto& sentinel : {tcp("s1", 26379, "su", "s&p"),
                         tcp("s2", 2, "su", "s&p"), tcp("::1", 3, "su", "s&p")})
    expected.sentinels.push_back(sentinel);
  for (auto& sentinel : expected.sentinels)
    sentinel.tls = true;
  EXPECT_EQ(*x, expected);
  EXPECT_EQ(to_string(*x), "my m@s1:26379,s2:2,[::1]:3/2");
}

TEST(RedisAddress, TakesWhatSentinelsNeedFromTheDefaults) {
  redis defaults;
  defaults.sentinel_master_name = "m";
  defaults.sentinel_user = "su";
  defaults.sentinel_password = "sp";
  defaults.user = "u";
  auto x = parse_redis_address("redis+sentinel://h", defaults);
  ASSERT_TRUE(x) << x.error().what;
  EXPECT_EQ(x->master_name, "m");
  EXPECT_EQ(x->user, "u");
  EXPECT_THAT(x->sentinels, testing::ElementsAre(tcp("h", 26379, "su", "sp")));
  // Of servers that are no sentinels' masters it is not said.
  EXPECT_EQ(parse_redis_address("h:1", defaults).value().master_name, "");
}

TEST(RedisShards, MayBeListsOfSentinels) {
  redis from;
  from.sentinel_address = {"a:1,redis://:x@b", "[::1]:2"};
  from.sentinel_master_name = "m";
  from.sentinel_password = "sp";
  from.password = "p";
  from.db = 3;
  from.address = {"ignored:1"};
  auto shards = redis_shards(from);
  ASSERT_TRUE(shards) << shards.error().what;
  auto first = tcp("", 6379, "", "p", 3);
  first.master_name = "m";
  auto second = first;
  first.sentinels = {tcp("a", 1, "", "sp"), tcp("b", 26379, "", "x")};
  second.sentinels = {tcp("::1", 2, "", "sp")};
  EXPECT_THAT(*shards, testing::ElementsAre(first, second));
}

TEST(RedisShards, RefuseSentinelsThatCannotBeAsked) {
  redis from;
  from.sentinel_address = {"a:1"};
  EXPECT_THAT(redis_shards(from).error().what,
              HasSubstr("sentinel_master_name must be set"));
  from.sentinel_master_name = "m";
  for (auto [text, fault] :
       {std::pair{"a:1,", "must not be empty"},
        {"a", "the port is missing"},
        {"", "must not be empty"},
        {"a:1,redis+sentinel://b:1", "must be host:port"}}) {
    from.sentinel_address = {text};
    auto shards = redis_shards(from);
    ASSERT_FALSE(shards) << text;
    EXPECT_THAT(shards.error().what, HasSubstr(fault)) << text;
  }
}

TEST(RedisAddress, MayNameACluster) {
  auto x = parse_redis_address(
    "rediss+cluster://u:p@s1?addr=s2:2&addr=[::1]:3&io_timeout=2s");
  ASSERT_TRUE(x) << x.error().what;
  auto expected = tcp("", 6379, "u", "p");
  expected.tls = true;
  expected.io_timeout = 2s;
  auto seed = expected;
  for (auto& [host, port] : {std::pair{"s1", 6379}, {"s2", 2}, {"::1", 3}}) {
    seed.host = host;
    seed.port = static_cast<std::uint16_t>(port);
    expected.seeds.push_back(seed);
  }
  EXPECT_EQ(*x, expected);
  EXPECT_EQ(to_string(*x), "cluster s1:6379,s2:2,[::1]:3");
}

TEST(RedisShards, MayBeListsOfClusters) {
  redis from;
  from.cluster_address = {"a:1,redis://:x@b", "[::1]:2"};
  from.user = "u";
  from.password = "p";
  from.tls.enabled = true;
  from.sentinel_address = {"ignored:1"};
  from.address = {"ignored:1"};
  auto shards = redis_shards(from);
  ASSERT_TRUE(shards) << shards.error().what;
  ASSERT_EQ(shards->size(), 2U);
  auto first = tcp("", 6379, "u", "p");
  first.tls = true;
  auto second = first;
  first.seeds = {tcp("a", 1, "u", "p"), tcp("b", 6379, "u", "x")};
  second.seeds = {tcp("::1", 2, "u", "p")};
  for (auto* shard : {&first, &second})
    for (auto& seed : shard->seeds)
      seed.tls = true;
  EXPECT_THAT(*shards, testing::ElementsAre(first, second));
}

TEST(RedisShards, RefuseClustersThatCannotBe) {
  for (auto [text, fault] :
       {std::pair{"a:1,", "must not be empty"},
        {"a", "the port is missing"},
        {"", "must not be empty"},
        {"redis+cluster://a:1", "must be host:port"},
        {"a:1,redis+sentinel://b:1", "must be host:port"},
        {"a:1,redis://b:1/1", "the database (db) must be 0"}}) {
    redis from;
    from.cluster_address = {text};
    auto shards = redis_shards(from);
    ASSERT_FALSE(shards) << text;
    EXPECT_THAT(shards.error().what, HasSubstr(fault)) << text;
  }
  redis from;
  from.cluster_address = {"a:1"};
  from.db = 1;
  EXPECT_EQ(redis_shards(from).error().what,
            "\"a:1\": the database (db) must be 0, since a Cluster has no "
            "other");
}

TEST(RedisShards, AreReadInOrder) {
  redis from;
  from.address = {"b:2", "redis://:p@a:1/1"};
  from.password = "q";
  auto shards = redis_shards(from);
  ASSERT_TRUE(shards);
  EXPECT_THAT(*shards, testing::ElementsAre(tcp("b", 2, "", "q"),
                                            tcp("a", 1, "", "p", 1)));
}

TEST(RedisShards, AreOneByDefault) {
  auto shards = redis_shards({});
  ASSERT_TRUE(shards);
  EXPECT_THAT(*shards, testing::ElementsAre(tcp("127.0.0.1", 6379)));
}

TEST(RedisShards, FailWithTheFirstBadAddress) {
  redis from;
  from.address = {"a:1", "b", "c"};
  auto shards = redis_shards(from);
  ASSERT_FALSE(shards);
  EXPECT_THAT(shards.error().what, HasSubstr("\"b\""));
}

TEST(PreviousRedisShards, AreParsedAsTheOthersAndNoneByDefault) {
  redis from;
  from.address = {"a:1"};
  auto shards = previous_redis_shards(from);
  ASSERT_TRUE(shards);
  EXPECT_THAT(*shards, testing::IsEmpty());
  from.password = "q";
  from.previous_address = {"b:2", "redis://:p@a:1/1"};
  shards = previous_redis_shards(from);
  ASSERT_TRUE(shards);
  EXPECT_THAT(*shards, testing::ElementsAre(tcp("b", 2, "", "q"),
                                            tcp("a", 1, "", "p", 1)));
  from.previous_address = {"a:1", "b"};
  EXPECT_FALSE(previous_redis_shards(from));
}

} // namespace

} // namespace lastseen::config
