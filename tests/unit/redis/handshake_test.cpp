#include "redis/command.hpp"
#include "redis/handshake.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace lastseen::redis {
namespace {

using names = std::vector<std::string_view>;

std::string
commands(std::initializer_list<std::initializer_list<std::string_view>> all) {
  std::string out;
  for (auto& x : all)
    append_command(out, x);
  return out;
}

// Feeds the replies in `bytes`; the first error ends it.
result<void> feed(handshake& x, std::string_view bytes) {
  reply_reader reader;
  reader.feed(bytes);
  for (auto next = reader.next(); next && *next != nullptr;
       next = reader.next())
    if (auto taken = x.take(**next); !taken)
      return taken;
  return {};
}

config::redis_address full_address() {
  config::redis_address x;
  x.user = "app";
  x.password = "secret";
  x.db = 3;
  return x;
}

TEST(HandshakeTest, AsksOnlyForTheTimeByDefault) {
  handshake x{{}, "", ""};
  EXPECT_EQ(x.bytes(), commands({{"TIME"}}));
  EXPECT_EQ(x.commands(), names{"TIME"});
  EXPECT_FALSE(x.done());
  EXPECT_TRUE(feed(x, "*2\r\n$10\r\n1627107289\r\n$3\r\n123\r\n"));
  EXPECT_TRUE(x.done());
  EXPECT_EQ(x.server_time(), 1627107289000123);
  EXPECT_EQ(x.sha(), "");
}

TEST(HandshakeTest, SaysEverythingInOrder) {
  handshake x{full_address(), "node 1", "return 1"};
  EXPECT_EQ(x.bytes(), commands({{"AUTH", "app", "secret"},
                                 {"SELECT", "3"},
                                 {"CLIENT", "SETNAME", "node 1"},
                                 {"SCRIPT", "LOAD", "return 1"},
                                 {"TIME"}}));
  EXPECT_EQ(x.commands(),
            (names{"AUTH", "SELECT", "CLIENT SETNAME", "SCRIPT LOAD", "TIME"}));
  EXPECT_TRUE(feed(x, "+OK\r\n+OK\r\n+OK\r\n$3\r\nabc\r\n"));
  EXPECT_FALSE(x.done());
  EXPECT_TRUE(feed(x, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"));
  EXPECT_TRUE(x.done());
  EXPECT_EQ(x.sha(), "abc");
  EXPECT_EQ(x.server_time(), 1'000'002);
}

TEST(HandshakeTest, PasswordOrUserAloneIsEnoughForAuth) {
  config::redis_address address;
  address.password = "secret";
  EXPECT_EQ((handshake{address, "", ""}.bytes()),
            commands({{"AUTH", "secret"}, {"TIME"}}));
  address.user = "app";
  address.password = "";
  EXPECT_EQ((handshake{address, "", ""}.bytes()),
            commands({{"AUTH", "app", ""}, {"TIME"}}));
}

TEST(HandshakeTest, ErrorsNameTheCommandAndNotThePassword) {
  handshake x{full_address(), "", "return 1"};
  auto taken = feed(x, "-WRONGPASS invalid username-password pair\r\n");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ec::not_ready);
  EXPECT_EQ(taken.error().what,
            "AUTH: WRONGPASS invalid username-password pair");
}

TEST(HandshakeTest, AMasterMustSayThatItIsOne) {
  handshake x{full_address(), "", "", peer::master};
  EXPECT_EQ(x.commands(), (names{"AUTH", "ROLE", "SELECT", "TIME"}));
  EXPECT_TRUE(feed(x, "+OK\r\n*3\r\n$6\r\nmaster\r\n:5\r\n*1\r\n*3\r\n"
                      "$1\r\nh\r\n$1\r\n1\r\n$1\r\n5\r\n+OK\r\n"
                      "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"));
  EXPECT_TRUE(x.done());
  handshake y{{}, "", "", peer::master};
  auto taken = feed(y, "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n"
                       "$9\r\nconnected\r\n:5\r\n");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ec::not_ready);
  EXPECT_EQ(taken.error().what, "ROLE: it is a replica, not the master");
  for (auto bytes : {"*0\r\n", "+master\r\n", ":1\r\n", "*1\r\n:1\r\n"}) {
    handshake z{{}, "", "", peer::master};
    EXPECT_FALSE(feed(z, bytes)) << bytes;
  }
}

TEST(HandshakeTest, ASentinelIsAskedForNothing) {
  handshake x{full_address(), "node", "", peer::sentinel};
  EXPECT_EQ(x.bytes(), commands({{"AUTH", "app", "secret"},
                                 {"CLIENT", "SETNAME", "node"},
                                 {"PING"}}));
  EXPECT_TRUE(feed(x, "+OK\r\n+OK\r\n+PONG\r\n"));
  EXPECT_TRUE(x.done());
  EXPECT_EQ(x.server_time(), 0);
}

TEST(HandshakeTest, ALoadingServerIsNotReady) {
  handshake x{{}, "", "return 1"};
  auto taken = feed(x, "-LOADING Redis is loading the dataset in memory\r\n");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ec::not_ready);
  EXPECT_EQ(taken.error().what,
            "SCRIPT LOAD: LOADING Redis is loading the dataset in memory");
}

TEST(HandshakeTest, TheNameOfTheClientMayBeRefused) {
  handshake x{{}, "node 1", ""};
  EXPECT_TRUE(feed(x, "-ERR unknown subcommand\r\n"));
  EXPECT_TRUE(feed(x, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"));
  EXPECT_TRUE(x.done());
}

TEST(HandshakeTest, WhatNoServerSaysIsAnError) {
  for (auto bytes :
       {"*3\r\n+1\r\n+2\r\n+3\r\n", "*2\r\n$1\r\nx\r\n$1\r\n2\r\n",
        "*2\r\n$1\r\n1\r\n$2\r\n2 \r\n", "*2\r\n$2\r\n-1\r\n$1\r\n2\r\n",
        "*2\r\n$0\r\n\r\n$1\r\n2\r\n", "+OK\r\n", "$-1\r\n", ":1\r\n",
        "*2\r\n$20\r\n99999999999999999999\r\n$1\r\n2\r\n"}) {
    handshake x{{}, "", ""};
    auto taken = feed(x, bytes);
    EXPECT_FALSE(x.done()) << bytes;
    ASSERT_FALSE(taken) << bytes;
    EXPECT_EQ(taken.error().what, "TIME: unexpected reply") << bytes;
  }
  handshake x{{}, "", "return 1"};
  EXPECT_FALSE(feed(x, "+OK\r\n"));
  handshake y{full_address(), "", ""};
  EXPECT_FALSE(feed(y, ":1\r\n"));
}

} // namespace
} // namespace lastseen::redis
