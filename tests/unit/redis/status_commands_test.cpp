#include "redis/command.hpp"
#include "redis/status_commands.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen::redis {
namespace {

using namespace std::string_literals;

// The one reply in `bytes`.
class one_reply {
public:
  explicit one_reply(const std::string& bytes) {
    reader_.feed(bytes);
    auto next = reader_.next();
    text_ = next ? *next : nullptr;
  }

  const reply& operator*() const {
    return *text_;
  }

private:
  reply_reader reader_;
  const reply* text_ = nullptr;
};

std::string bulk(const std::string& bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

TEST(StatusCommandsTest, ReadIsOneMget) {
  user_list users;
  for (auto user : {"42", "", "a b"})
    users.add(user);
  std::string out;
  append_read(out, key_prefix("lastseen"), users);
  std::string expected;
  append_command(expected,
                 {"MGET", "lastseen.user_status.42", "lastseen.user_status.",
                  "lastseen.user_status.a b"});
  EXPECT_EQ(out, expected);
}

TEST(StatusCommandsTest, WriteIsOneEvalsha) {
  std::string out;
  append_write(out, "abc", key_prefix("p"),
               {std::chrono::hours{1}, std::chrono::seconds{1}},
               {{"1", {1627107289123, 0, 0, 0, ""}},
                {"2", {0, 0, 5, 1627107289124, "a\0b"s}}});
  std::string expected;
  append_command(expected,
                 {"EVALSHA", "abc", "2", "p.user_status.1", "p.user_status.2",
                  "3600000", "1000", "16271072891230000000000000",
                  std::string_view{"00000000000000000000000000D0000000000005"
                                   ":1627107289124a\0b",
                                   57}});
  EXPECT_EQ(out, expected);
}

TEST(StatusCommandsTest, ReadsRecordsInOrder) {
  one_reply text{"*4\r\n" + bulk("16271072891230000000000000") + "$-1\r\n"
                 + bulk("what is this") + bulk("16271072891231627107289125")};
  auto report = parse_read(*text, 4);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->unparsable, 1u);
  ASSERT_EQ(report->records.size(), 4u);
  EXPECT_EQ(report->records[0], (record{1627107289123, 0, 0, 0, ""}));
  EXPECT_EQ(report->records[1], record{});
  EXPECT_EQ(report->records[2], record{});
  EXPECT_EQ(report->records[3],
            (record{1627107289123, 1627107289125, 0, 0, ""}));
}

TEST(StatusCommandsTest, WhatIsNoMgetReplyIsTold) {
  for (auto bytes : {"*1\r\n$-1\r\n", "*3\r\n$-1\r\n$-1\r\n$-1\r\n", "$-1\r\n",
                     "+OK\r\n", ":2\r\n", "*2\r\n:1\r\n$-1\r\n",
                     "*2\r\n*1\r\n$-1\r\n$-1\r\n", "*2\r\n+OK\r\n$-1\r\n"})
    EXPECT_FALSE(parse_read(*one_reply{bytes}, 2)) << bytes;
}

TEST(StatusCommandsTest, ReadsTheReportOfAWrite) {
  auto report = parse_write(
    *one_reply{"*6\r\n:1627107289123456\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n"});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->clock.server, 1627107289123456);
  EXPECT_EQ(report->changed, 1u);
  EXPECT_EQ(report->unparsable, 2u);
  EXPECT_EQ(report->expired, 3u);
  EXPECT_EQ(report->guarded, 4u);
  EXPECT_EQ(report->deleted, 5u);
}

TEST(StatusCommandsTest, WhatIsNoReportIsTold) {
  for (auto bytes :
       {"*5\r\n:1\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "+OK\r\n", "$-1\r\n",
        "*6\r\n:1\r\n:1\r\n:2\r\n:3\r\n:4\r\n$1\r\n5\r\n",
        "*6\r\n:1\r\n:1\r\n:2\r\n:3\r\n:4\r\n:-1\r\n"})
    EXPECT_FALSE(parse_write(*one_reply{bytes})) << bytes;
}

} // namespace
} // namespace lastseen::redis
