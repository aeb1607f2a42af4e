#include "net/permessage_deflate.hpp"
#include "net/websocket_codec.hpp"
#include "tests/support/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::string_literals;
using kind = websocket_event::kind;
using test::encode;

constexpr std::size_t limit = 100'000;
constexpr unsigned rsv1 = 0x40;

std::string inflated(std::string_view payload, std::size_t max_size = limit) {
  std::string out = "before ";
  switch (inflate_message(out, payload, max_size)) {
    case inflate_outcome::too_big:
      return "too big";
    case inflate_outcome::malformed:
      return "malformed";
    case inflate_outcome::ok:
      break;
  }
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

std::string deflated(std::string_view message, int level = 1) {
  std::string out;
  deflate_message(out, message, level);
  return out;
}

std::string noise(std::size_t size) {
  std::mt19937 random{3};
  std::string out(size, '\0');
  for (auto& c : out)
    c = static_cast<char>(random());
  return out;
}

TEST(PermessageDeflate, InflatesTheExamplesOfTheRfc) {
  // RFC 7692, 7.2.3.1, 7.2.3.3, 7.2.3.4 and 7.2.3.5.
  EXPECT_EQ(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello");
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s),
            "Hello");
  EXPECT_EQ(inflated("\x00"s), "");
}

TEST(PermessageDeflate, TakesALastBlockWithoutItsTail) {
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
}

TEST(PermessageDeflate, GivesBackWhatItCompressed) {
  for (int level : {1, 6, 9, 1})
    for (const auto& x : {""s, "x"s, std::string(70'000, 'a'), noise(70'000),
                          R"({"id":1,"rpc":{"data":{}}})"s}) {
      EXPECT_EQ(inflated(deflated(x, level)), x) << level << ' ' << x.size();
      EXPECT_LE(deflated(x, level).size(), x.size() + x.size() / 100 + 16);
    }
  EXPECT_LT(deflated(std::string(70'000, 'a')).size(), 1000U);
}

TEST(PermessageDeflate, KeepsNothingOfTheMessageBefore) {
  auto first = deflated("the very same text");
  EXPECT_EQ(deflated("the very same text"), first);
  EXPECT_EQ(inflated("\xff"), "malformed");
  EXPECT_EQ(inflated(first), "the very same text");
}

TEST(PermessageDeflate, EndsAtTheLimit) {
  EXPECT_EQ(inflated(deflated(std::string(1000, 'a')), 1000).size(), 1000U);
  EXPECT_EQ(inflated(deflated(std::string(1001, 'a')), 1000), "too big");
  std::string out;
  EXPECT_EQ(inflate_message(out, deflated(std::string(5'000'000, 'a')), limit),
            inflate_outcome::too_big);
  EXPECT_LE(out.capacity(), 4 * limit);
}

TEST(PermessageDeflate, RefusesWhatIsCutOrNoDeflate) {
  EXPECT_EQ(inflated("\xff\xff\xff"), "malformed");
  EXPECT_EQ(inflated(""), "malformed");
  auto whole = deflated(noise(500));
  EXPECT_EQ(inflated(whole.substr(0, 300)), "malformed");
  EXPECT_EQ(inflated("\xf2\x48\xcd"), "malformed");
}

// -- in frames ----------------------------------------------------------------

std::string describe(const websocket_event& x) {
  return std::to_string(static_cast<int>(x.what)) + ' ' + std::to_string(x.code)
         + ' ' + (x.what == kind::error ? "" : std::string{x.payload});
}

std::string text(std::string_view payload) {
  return std::to_string(static_cast<int>(kind::text)) + " 0 "
         + std::string{payload};
}

std::string error(unsigned code) {
  return std::to_string(static_cast<int>(kind::error)) + ' '
         + std::to_string(code) + ' ';
}

/// What a decoder says of bytes that come in pieces of a size.
std::vector<std::string> decode(std::string bytes, std::size_t piece,
                                std::size_t inflated_limit = limit) {
  websocket_decoder decoder{1000, inflated_limit};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto input = std::span{bytes}.subspan(at);
    input = input.first(std::min(piece, input.size()));
    for (;;) {
      auto event = decoder.next(input);
      if (event.what == kind::need_more)
        break;
      out.push_back(describe(event));
    }
  }
  return out;
}

using strings = std::vector<std::string>;

TEST(PermessageDeflate, IsUndoneByTheDecoderWhereverAFrameIsCut) {
  auto hello = deflated("Hello");
  auto much = std::string(5000, 'x'); // more than may come uncompressed
  const auto bytes =
    encode({.payload = hello, .reserved = rsv1}) + test::client_text("plain")
    + encode({.payload = hello.substr(0, 3), .final = false, .reserved = rsv1})
    + encode({.opcode = 9, .payload = "ping"})
    + encode({.opcode = 0, .payload = hello.substr(3)})
    + encode({.payload = "frag", .final = false})
    + encode({.opcode = 0, .payload = "ment"})
    + encode({.payload = deflated(much), .reserved = rsv1});
  const strings expected{text("Hello"),
                         text("plain"),
                         describe({.what = kind::ping, .payload = "ping"}),
                         text("Hello"),
                         text("fragment"),
                         text(much)};
  for (std::size_t piece : {1U, 2U, 7U, 10'000U})
    EXPECT_EQ(decode(bytes, piece), expected) << piece;
}

TEST(PermessageDeflate, IsRefusedByTheDecoderWhereItMustNotBe) {
  auto hello = deflated("Hello");
  auto compressed = encode({.payload = hello, .reserved = rsv1});
  EXPECT_EQ(decode(compressed, 100, 0), strings{error(1002)});
  EXPECT_EQ(decode(encode({.opcode = 9, .reserved = rsv1}), 100),
            strings{error(1002)});
  EXPECT_EQ(decode(encode({.payload = hello, .reserved = 0x60}), 100),
            strings{error(1002)});
  EXPECT_EQ(decode(encode({.payload = hello, .final = false, .reserved = rsv1})
                     + encode({.opcode = 0, .reserved = rsv1}),
                   100),
            strings{error(1002)});
  EXPECT_EQ(decode(encode({.payload = "\xff\xff", .reserved = rsv1}), 100),
            strings{error(1007)});
  EXPECT_EQ(
    decode(encode({.payload = deflated("\xff"), .reserved = rsv1}), 100),
    strings{error(1007)});
  EXPECT_EQ(decode(encode({.payload = deflated(std::string(2001, 'x')),
                           .reserved = rsv1}),
                   100, 2000),
            strings{error(1009)});
}

TEST(PermessageDeflate, IsUsedForFramesThatGetSmaller) {
  auto frame_of = [](std::string_view message, std::size_t least_size) {
    std::string out = "before ";
    auto mark = begin_frame(out);
    out += message;
    end_compressed_frame(out, mark, websocket_opcode::text, least_size, 1);
    return out.substr(7);
  };
  std::string plain;
  append_frame(plain, websocket_opcode::text, "short");
  EXPECT_EQ(frame_of("short", 0), plain);
  auto message = std::string(300, 'm');
  auto compressed = deflated(message);
  EXPECT_EQ(frame_of(message, 300),
            "\xc1" + std::string(1, static_cast<char>(compressed.size()))
              + compressed);
  plain.clear();
  append_frame(plain, websocket_opcode::text, message);
  EXPECT_EQ(frame_of(message, 301), plain);
}

} // namespace
} // namespace lastseen
