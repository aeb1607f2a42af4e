#include "redis/reply.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace lastseen::redis {
namespace {

using namespace std::string_literals;

std::string show(const reply& x) {
  constexpr const char* names[] = {"string",  "status", "error",
                                   "integer", "nil",    "array"};
  std::string out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto node = x[i];
    out += names[static_cast<int>(node.type)];
    out += '(';
    if (node.type <= kind::error)
      out += node.text;
    else if (node.type != kind::nil)
      out += std::to_string(node.number);
    out += ')';
  }
  return out;
}

// All replies in `bytes`, fed in portions; the last is the error, if any.
std::vector<std::string>
read_all(std::string_view bytes, std::size_t portion,
         std::size_t max_bytes = reply_reader::default_max_bytes) {
  reply_reader reader{max_bytes};
  std::vector<std::string> all;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, portion));
    bytes.remove_prefix(std::min(portion, bytes.size()));
    for (;;) {
      auto next = reader.next();
      if (!next) {
        all.push_back(next.error().what);
        return all;
      }
      if (*next == nullptr)
        break;
      all.push_back(show(**next));
    }
  }
  return all;
}

using replies = std::vector<std::string>;

TEST(ReplyReaderTest, ReadsEveryKindOfReply) {
  EXPECT_EQ(read_all("+OK\r\n", 100), replies{"status(OK)"});
  EXPECT_EQ(read_all("-ERR no\r\n", 100), replies{"error(ERR no)"});
  EXPECT_EQ(read_all(":-9223372036854775808\r\n", 100),
            replies{"integer(-9223372036854775808)"});
  EXPECT_EQ(read_all("$3\r\na\0b\r\n"s, 100), replies{"string(a\0b)"s});
  EXPECT_EQ(read_all("$0\r\n\r\n", 100), replies{"string()"});
  EXPECT_EQ(read_all("$-1\r\n", 100), replies{"nil()"});
  EXPECT_EQ(read_all("*-1\r\n", 100), replies{"nil()"});
  EXPECT_EQ(read_all("*0\r\n", 100), replies{"array(0)"});
}

TEST(ReplyReaderTest, FlattensNestedArrays) {
  EXPECT_EQ(
    read_all("*3\r\n*2\r\n:1\r\n$1\r\nx\r\n$-1\r\n*1\r\n*0\r\n", 100),
    replies{"array(3)array(2)integer(1)string(x)nil()array(1)array(0)"});
}

TEST(ReplyReaderTest, PortionsOfAnySizeMakeNoDifference) {
  auto bytes = "+OK\r\n*3\r\n$5\r\n1\r\n23\r\n$-1\r\n:42\r\n-ERR x\r\n"
               "$0\r\n\r\n*0\r\n*-1\r\n*1\r\n*1\r\n$2\r\n\r\n\r\n:0\r\n"s;
  auto whole = read_all(bytes, bytes.size());
  ASSERT_EQ(whole.size(), 8u);
  for (std::size_t portion = 1; portion < bytes.size(); ++portion)
    EXPECT_EQ(read_all(bytes, portion), whole) << portion;
  // And cut once, at every byte.
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    reply_reader reader;
    replies all;
    for (const auto& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
      reader.feed(part);
      for (auto next = reader.next(); next && *next != nullptr;
           next = reader.next())
        all.push_back(show(**next));
    }
    EXPECT_EQ(all, whole) << cut;
  }
}

TEST(ReplyReaderTest, FlatArraysAreTold) {
  reply_reader reader;
  reader.feed("*2\r\n:1\r\n:2\r\n*2\r\n:1\r\n*1\r\n:2\r\n:2\r\n");
  auto flat = reader.next();
  EXPECT_TRUE((*flat)->is_flat_array(2));
  EXPECT_FALSE((*flat)->is_flat_array(1));
  EXPECT_FALSE((*flat)->is_flat_array(3));
  EXPECT_FALSE((*reader.next())->is_flat_array(2));
  EXPECT_FALSE((*reader.next())->is_flat_array(2));
}

TEST(ReplyReaderTest, GarbageIsAProtocolErrorForGood) {
  for (const auto& bytes :
       {"HTTP/1.1 400 Bad Request\r\n"s, "\r\n"s, "\0"s, "x"s, "$x\r\n"s,
        "$-2\r\n"s, ":1x\r\n"s, ":\r\n"s, "*x\r\n"s, "*-2\r\n"s,
        "*99999999999\r\n"s, "$99999999999999999999\r\n"s, "%1\r\n"s,
        "*1\r\nx"s, "*2\r\n:1\r\n?\r\n"s}) {
    reply_reader reader;
    reader.feed(bytes);
    auto next = reader.next();
    ASSERT_FALSE(next) << bytes;
    EXPECT_EQ(next.error().code, ec::unavailable);
    EXPECT_TRUE(next.error().what.starts_with("protocol error: ")) << bytes;
    reader.feed("+OK\r\n");
    EXPECT_FALSE(reader.next()) << bytes;
  }
}

TEST(ReplyReaderTest, RandomBytesNeverMakeItFail) {
  std::mt19937 random{42};
  const auto alphabet = "+-:$*0123456789\r\n\r\n\r\nax\0"s;
  for (auto round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto size = random() % 60; size > 0; --size)
      bytes += alphabet[random() % alphabet.size()];
    EXPECT_EQ(read_all(bytes, 1), read_all(bytes, bytes.size() + 1));
  }
}

TEST(ReplyReaderTest, DeepNestingIsAnError) {
  std::string bytes;
  for (auto i = 0; i < 100'000; ++i)
    bytes += "*1\r\n";
  auto all = read_all(bytes, 65536);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].starts_with("protocol error: ")) << all[0];
}

TEST(ReplyReaderTest, AHugeLengthAllocatesNothing) {
  for (auto bytes : {"*2147483647\r\n", "$536870911\r\n", "$9999999999\r\n"})
    EXPECT_EQ(read_all(bytes, 100), replies{}) << bytes;
}

TEST(ReplyReaderTest, WhatExceedsTheBoundIsAnError) {
  constexpr std::size_t bound = 1000;
  auto string = "$900\r\n" + std::string(900, 'x') + "\r\n";
  EXPECT_EQ(read_all(string, 64, bound).size(), 1u);
  EXPECT_EQ(read_all(string, 64, bound)[0].size(), 908u);
  replies too_large{"protocol error: reply too large"};
  // One long string, complete or not.
  string = "$1001\r\n" + std::string(1001, 'x');
  EXPECT_EQ(read_all(string, 64, bound), too_large);
  EXPECT_EQ(read_all(string + "\r\n", 5000, bound), too_large);
  // Many small parts.
  string = "*1000000\r\n";
  for (auto i = 0; i < 100; ++i)
    string += ":1\r\n";
  EXPECT_EQ(read_all(string, 64, bound), too_large);
}

TEST(ReplyReaderTest, ALineWithoutEndIsAnError) {
  std::string line(100'000, 'x');
  for (auto type : {"+", "-", ":", "$", "*", "*1\r\n+"})
    EXPECT_EQ(read_all(type + line, 1000),
              replies{"protocol error: endless line"})
      << type;
  // But a string of that length is none.
  auto string = "$100000\r\n" + line + "\r\n";
  EXPECT_EQ(read_all(string, 1000), replies{"string(" + line + ")"});
}

TEST(ReplyReaderTest, ALargeReplyDoesNotSpoilTheNext) {
  std::string big(3'000'000, 'b');
  auto bytes = "$3000000\r\n" + big + "\r\n:7\r\n*1\r\n+x\r\n";
  EXPECT_EQ(
    read_all(bytes, 65536),
    (replies{"string(" + big + ")", "integer(7)", "array(1)status(x)"}));
}

} // namespace
} // namespace lastseen::redis
