#include "config/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Text, IsQuotedInOneLine) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("a b"), R"("a b")");
  EXPECT_EQ(quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quote("a\nb\r\t"), R"("a\x0ab\x0d\x09")");
  EXPECT_EQ(quote(std::string_view{"a\0b", 3}), R"("a\x00b")");
  EXPECT_EQ(quote("\x7f\x1b[2J"), R"("\x7f\x1b[2J")");
}

TEST(Text, KeepsUtf8AndEscapesTheRest) {
  EXPECT_EQ(quote("канал €😀"), "\"канал €😀\"");
  EXPECT_EQ(quote("\xff\xfe"), R"("\xff\xfe")");
  EXPECT_EQ(quote("\xc3"), R"("\xc3")");
  EXPECT_EQ(quote("\xe2\x82"), R"("\xe2\x82")");
  EXPECT_EQ(quote("\x80z"), R"("\x80z")");
  // A control character of Latin-1: terminals act on it.
  EXPECT_EQ(quote("\xc2\x9b"), R"("\xc2\x9b")");
}

TEST(Text, IsCutWhenLong) {
  EXPECT_EQ(quote(std::string(80, 'a')), '"' + std::string(80, 'a') + '"');
  EXPECT_EQ(quote(std::string(81, 'a')), '"' + std::string(80, 'a') + "…\"");
  EXPECT_LT(quote(std::string(100000, '\n')).size(), 100U);
}

TEST(Text, IsSplitAtSpaces) {
  EXPECT_THAT(split_words(""), IsEmpty());
  EXPECT_THAT(split_words("   "), IsEmpty());
  EXPECT_THAT(split_words("a"), ElementsAre("a"));
  EXPECT_THAT(split_words("  a  bc d "), ElementsAre("a", "bc", "d"));
}

TEST(Text, HasAnEditDistance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 2U);
}

TEST(Text, FindsTheNearestCandidate) {
  std::vector<std::string> known{"log.level", "log.format", "http_server.port",
                                 "user_status"};
  EXPECT_EQ(nearest("log.levle", known), "log.level");
  EXPECT_EQ(nearest("log.formt", known), "log.format");
  EXPECT_EQ(nearest("user_staus", known), "user_status");
  EXPECT_EQ(nearest("port", known), "http_server.port");
  EXPECT_EQ(nearest("admin", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), known), "");
  EXPECT_EQ(nearest("x", {}), "");
}

} // namespace

} // namespace lastseen::config
