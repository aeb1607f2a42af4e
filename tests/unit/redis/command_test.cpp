#include "redis/command.hpp"

#include <gtest/gtest.h>

namespace lastseen::redis {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(CommandTest, IsAnArrayOfStringsOfAnyBytes) {
  auto out = "before"s;
  append_command(out, {"SET", "a\0\r\n"sv, "", "%s %b"});
  EXPECT_EQ(out, "before*4\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n"
                 "$5\r\n%s %b\r\n"s);
}

TEST(CommandTest, PartsMakeTheSameBytes) {
  std::string whole;
  append_command(whole, {"MGET", "p.user", "", "1234567890"});
  std::string parts;
  append_array(parts, 4);
  append_bulk(parts, "MGET");
  append_bulk(parts, "p.", "user");
  append_bulk(parts, "", "");
  append_bulk(parts, std::size_t{1234567890});
  EXPECT_EQ(parts, whole);
}

TEST(CommandTest, NumbersAreWholeUpToTheLargest) {
  std::string out;
  append_bulk(out, std::size_t{0});
  append_bulk(out, SIZE_MAX);
  EXPECT_EQ(out, "$1\r\n0\r\n$20\r\n18446744073709551615\r\n");
  out.clear();
  append_array(out, SIZE_MAX);
  EXPECT_EQ(out, "*18446744073709551615\r\n");
}

TEST(CommandTest, ManyArgumentsAreAsOneByOne) {
  user_list users;
  for (const auto* user : {"", "1", "two", "\r\n"})
    users.add(user);
  users.add(std::string(1000, 'x'));
  std::string expected = "before";
  for (std::size_t i = 0; i < users.size(); ++i)
    append_bulk(expected, "prefix.", users[i]);
  std::string out = "before";
  append_bulks(out, "prefix.", users);
  EXPECT_EQ(out, expected);
  append_bulks(out, "prefix.", {});
  EXPECT_EQ(out, expected);
}

} // namespace
} // namespace lastseen::redis
