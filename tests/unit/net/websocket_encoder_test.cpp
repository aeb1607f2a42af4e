#include "net/websocket_codec.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

using namespace std::string_literals;

std::string header_for(std::size_t size) {
  std::string out;
  append_frame(out, websocket_opcode::text, std::string(size, 'x'));
  EXPECT_EQ(out.substr(out.size() - size), std::string(size, 'x'));
  return out.substr(0, out.size() - size);
}

TEST(WebsocketEncoderTest, UsesTheShortestLength) {
  EXPECT_EQ(header_for(0), "\x81\x00"s);
  EXPECT_EQ(header_for(125), "\x81\x7d");
  EXPECT_EQ(header_for(126), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(header_for(0xffff), "\x81\x7e\xff\xff");
  EXPECT_EQ(header_for(0x10000), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(WebsocketEncoderTest, GivesTheSameInTwoSteps) {
  for (std::size_t size : {0U, 1U, 125U, 126U, 0xffffU, 0x10000U}) {
    std::string expected = "before";
    append_frame(expected, websocket_opcode::binary, std::string(size, 'x'));
    std::string out = "before";
    auto mark = begin_frame(out);
    out += std::string(size, 'x');
    end_frame(out, mark, websocket_opcode::binary);
    EXPECT_EQ(out, expected) << size;
  }
}

TEST(WebsocketEncoderTest, WritesCloseFrames) {
  std::string out;
  append_close(out, 3012, "no pong");
  EXPECT_EQ(out, "\x88\x09\x0b\xc4no pong");
  out.clear();
  append_close(out, close_code::too_big, "");
  EXPECT_EQ(out, "\x88\x02\x03\xf1");
  out.clear();
  append_close(out, close_code::none, "unused");
  EXPECT_EQ(out, "\x88\x00"s);
}

TEST(WebsocketEncoderTest, CutsALongReasonBetweenCharacters) {
  std::string out;
  append_close(out, 3500, std::string(122, 'a') + "\xc3\xa4" + "b");
  EXPECT_EQ(out, "\x88\x7c\x0d\xac" + std::string(122, 'a'));
  out.clear();
  append_close(out, 3500, std::string(123, 'a'));
  EXPECT_EQ(out, "\x88\x7d\x0d\xac" + std::string(123, 'a'));
}

} // namespace
} // namespace lastseen
