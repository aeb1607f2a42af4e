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
using test::client_frame;
using test::client_text;
using test::encode;
using strings = std::vector<std::string>;

constexpr std::size_t limit = 1000;

std::string describe(const websocket_event& event) {
  static constexpr const char* names[] = {"more", "text",  "binary", "ping",
                                          "pong", "close", "error"};
  std::string out = names[static_cast<std::size_t>(event.what)];
  if (event.code != 0)
    out += ' ' + std::to_string(event.code);
  if (event.what == kind::error)
    return out;
  return out + ':' + std::string{event.payload};
}

/// Gives the decoder one receive and lists what it said.
void feed(websocket_decoder& decoder, std::string received, strings& events) {
  std::span<char> input = received;
  for (;;) {
    auto event = decoder.next(input);
    if (event.what == kind::need_more)
      break;
    events.push_back(describe(event));
  }
  EXPECT_TRUE(input.empty());
}

strings decode(const strings& receives) {
  websocket_decoder decoder{limit};
  strings events;
  for (const auto& bytes : receives)
    feed(decoder, bytes, events);
  return events;
}

strings decode(const std::string& bytes) {
  return decode(strings{bytes});
}

strings bytewise(const std::string& bytes) {
  strings receives;
  for (auto c : bytes)
    receives.emplace_back(1, c);
  return decode(receives);
}

TEST(WebsocketDecoderTest, OwnsLittleWhileIdle) {
  static_assert(sizeof(websocket_decoder) <= 64);
}

TEST(WebsocketDecoderTest, TellsSeveralMessagesOfOneReceive) {
  EXPECT_EQ(decode(client_text("one") + client_text("") + client_text("two")),
            (strings{"text:one", "text:", "text:two"}));
}

TEST(WebsocketDecoderTest, ReadsTheFrameOfTheRfc) {
  EXPECT_EQ(decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
            strings{"text:Hello"});
}

TEST(WebsocketDecoderTest, UnmasksEveryLengthAndAlignment) {
  for (std::size_t size = 0; size < 300; ++size) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i)
      payload += static_cast<char>('a' + i % 23);
    auto bytes = std::string(size % 9, 'x') + client_text(payload);
    auto input = std::span<char>{bytes}.subspan(size % 9);
    websocket_decoder decoder{limit};
    auto event = decoder.next(input);
    EXPECT_EQ(event.what, kind::text);
    EXPECT_EQ(event.payload, payload);
  }
}

TEST(WebsocketDecoderTest, GivesTheSameHoweverTheInputIsSplit) {
  const auto bytes =
    client_text("plain")
    + encode({.opcode = 2, .payload = std::string(200, '\xff')})
    + encode({.opcode = 9, .payload = "are you there"})
    + encode({.opcode = 1, .payload = "fr\xc3", .final = false})
    + encode({.opcode = 10, .payload = "in between"})
    + encode({.opcode = 0, .payload = "", .final = false})
    + encode({.opcode = 0, .payload = "\xa4gment"})
    + encode({.opcode = 2, .payload = "", .final = false})
    + encode({.opcode = 0, .payload = ""}) + client_text("last")
    + encode({.opcode = 8, .payload = "\x03\xe8zu"});
  const strings expected = {"text:plain",
                            "binary:"s + std::string(200, '\xff'),
                            "ping:are you there",
                            "pong:in between",
                            "text:fr\xc3\xa4gment",
                            "binary:",
                            "text:last",
                            "close 1000:zu"};
  EXPECT_EQ(decode(bytes), expected);
  EXPECT_EQ(bytewise(bytes), expected);
  for (std::size_t i = 0; i <= bytes.size(); ++i)
    EXPECT_EQ(decode({bytes.substr(0, i), bytes.substr(i)}), expected) << i;
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    strings receives;
    for (std::size_t i = 0; i < bytes.size();) {
      auto size = std::uniform_int_distribution<std::size_t>{0, 40}(random);
      receives.push_back(bytes.substr(i, size));
      i += size;
    }
    EXPECT_EQ(decode(receives), expected);
  }
}

struct refusal {
  const char* name;
  std::string bytes;
  std::string expected;
};

const std::vector<refusal>& refusals() {
  static const std::vector<refusal> table = {
    {"Rsv1", encode({.reserved = 0x40}), "error 1002"},
    {"Rsv2", encode({.reserved = 0x20}), "error 1002"},
    {"Rsv3OnPing", encode({.opcode = 9, .reserved = 0x10}), "error 1002"},
    {"Opcode3", encode({.opcode = 3}), "error 1002"},
    {"Opcode7", encode({.opcode = 7}), "error 1002"},
    {"Opcode11", encode({.opcode = 11}), "error 1002"},
    {"Opcode15", encode({.opcode = 15}), "error 1002"},
    {"NotMasked", encode({.payload = "x", .masked = false}), "error 1002"},
    {"FragmentedPing", encode({.opcode = 9, .final = false}), "error 1002"},
    {"FragmentedClose", encode({.opcode = 8, .final = false}), "error 1002"},
    {"LongPing", encode({.opcode = 9, .payload = std::string(126, 'p')}),
     "error 1002"},
    {"HugePong", encode({.opcode = 10, .announced = 1ULL << 40}), "error 1002"},
    {"ContinuationOfNothing", encode({.opcode = 0}), "error 1002"},
    {"TextWithinText", encode({.final = false}) + client_text(""),
     "error 1002"},
    {"BinaryWithinText", encode({.final = false}) + encode({.opcode = 2}),
     "error 1002"},
    {"Length16NotShortest", encode({.payload = "x", .length_bytes = 2}),
     "error 1002"},
    {"Length64NotShortest",
     encode({.payload = std::string(200, 'x'), .length_bytes = 8}),
     "error 1002"},
    {"LengthWithHighestBit",
     encode({.opcode = 2, .announced = 1ULL << 63, .length_bytes = 8}),
     "error 1002"},
    {"LengthOfAllOnes",
     encode({.opcode = 2, .announced = ~0ULL, .length_bytes = 8}),
     "error 1002"},
    {"LargestLength",
     encode({.opcode = 2, .announced = ~0ULL >> 1, .length_bytes = 8}),
     "error 1009"},
    {"OverLimitByHeaderAlone", encode({.announced = limit + 1}), "error 1009"},
    {"FragmentsOverLimit",
     encode({.payload = std::string(limit, 'x'), .final = false})
       + encode({.opcode = 0, .announced = 1}),
     "error 1009"},
    {"NotUtf8", client_text("\xff"), "error 1007"},
    {"Utf8CutAtTheEnd", client_text("\xe2\x82"), "error 1007"},
    {"NotUtf8OverFragments",
     encode({.payload = "\xe2\x82", .final = false})
       + encode({.opcode = 0, .payload = "("}),
     "error 1007"},
    {"CloseOfOneByte", encode({.opcode = 8, .payload = "\x03"}), "error 1002"},
    {"CloseReasonNotUtf8", encode({.opcode = 8, .payload = "\x03\xe8\xff"}),
     "error 1007"},
  };
  return table;
}

TEST(WebsocketDecoderTest, RefusesWhatBreaksTheProtocol) {
  for (const auto& x : refusals()) {
    EXPECT_EQ(decode(x.bytes), strings{x.expected}) << x.name;
    EXPECT_EQ(bytewise(x.bytes), strings{x.expected}) << x.name;
  }
}

TEST(WebsocketDecoderTest, RefusesOnlyAfterTheMessagesBefore) {
  for (const auto& x : refusals())
    EXPECT_EQ(decode(client_text("ok") + x.bytes + client_text("dropped")),
              (strings{"text:ok", x.expected}))
      << x.name;
}

TEST(WebsocketDecoderTest, SaysWhyItRefuses) {
  for (const auto& x : refusals()) {
    auto bytes = x.bytes;
    std::span<char> input = bytes;
    websocket_decoder decoder{limit};
    EXPECT_FALSE(decoder.next(input).payload.empty()) << x.name;
  }
}

TEST(WebsocketDecoderTest, AcceptsMessagesUpToTheLimit) {
  std::string full(limit, 'x');
  EXPECT_EQ(decode(client_text(full)), strings{"text:" + full});
  EXPECT_EQ(
    decode(encode({.payload = full, .final = false}) + encode({.opcode = 0})),
    strings{"text:" + full});
}

TEST(WebsocketDecoderTest, AllowsControlFramesBeyondASmallLimit) {
  websocket_decoder decoder{4};
  strings events;
  feed(decoder,
       encode({.payload = "1234", .final = false})
         + encode({.opcode = 9, .payload = "longer"}) + encode({.opcode = 0}),
       events);
  EXPECT_EQ(events, (strings{"ping:longer", "text:1234"}));
}

TEST(WebsocketDecoderTest, ChecksCloseCodes) {
  auto told = [](unsigned code) {
    std::string payload{static_cast<char>(code >> 8),
                        static_cast<char>(code & 0xff)};
    return decode(encode({.opcode = 8, .payload = payload}));
  };
  for (unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U,
                        1011U, 1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U})
    EXPECT_EQ(told(code), strings{"close " + std::to_string(code) + ":"});
  for (unsigned code : {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U,
                        2000U, 2999U, 5000U, 65535U})
    EXPECT_EQ(told(code), strings{"error 1002"}) << code;
}

TEST(WebsocketDecoderTest, TellsACloseWithoutCode) {
  EXPECT_EQ(decode(encode({.opcode = 8})), strings{"close 1005:"});
}

TEST(WebsocketDecoderTest, DropsWhatComesAfterAClose) {
  EXPECT_EQ(
    decode({encode({.opcode = 8}) + client_text("a"), client_text("b")}),
    strings{"close 1005:"});
}

TEST(WebsocketDecoderTest, NeverEndsOnEndlessEmptyFragments) {
  websocket_decoder decoder{limit};
  strings events;
  feed(decoder, encode({.final = false}), events);
  std::string flood;
  for (int i = 0; i < 1000; ++i)
    flood += encode({.opcode = 0, .final = false});
  for (int i = 0; i < 100; ++i)
    feed(decoder, flood, events);
  EXPECT_EQ(events, strings{});
  feed(decoder, encode({.opcode = 0, .payload = "end"}), events);
  EXPECT_EQ(events, strings{"text:end"});
}

TEST(WebsocketDecoderTest, EndsEndlessFragmentsAtTheLimit) {
  strings receives{encode({.payload = "x", .final = false})};
  for (std::size_t i = 0; i < limit; ++i)
    receives.push_back(encode({.opcode = 0, .payload = "x", .final = false}));
  EXPECT_EQ(decode(receives), strings{"error 1009"});
}

TEST(WebsocketDecoderTest, LeavesLaterMessagesInTheInputUntilAsked) {
  websocket_decoder decoder{limit};
  auto bytes = client_text("one") + client_text("two");
  std::span<char> input = bytes;
  EXPECT_EQ(decoder.next(input).payload, "one");
  EXPECT_EQ(input.size(), bytes.size() / 2);
}

TEST(WebsocketDecoderTest, KeepsAPayloadValidUntilTheNextCall) {
  websocket_decoder decoder{limit};
  auto bytes = client_text("whole");
  auto half = bytes.substr(0, 5);
  std::span<char> input = half;
  EXPECT_EQ(decoder.next(input).what, kind::need_more);
  std::fill(half.begin(), half.end(), '!');
  auto rest = bytes.substr(5);
  input = rest;
  auto event = decoder.next(input);
  std::fill(rest.begin(), rest.end(), '!');
  EXPECT_EQ(event.payload, "whole");
}

TEST(WebsocketDecoderTest, SurvivesRandomBytes) {
  std::mt19937 random{11};
  for (int round = 0; round < 5000; ++round) {
    websocket_decoder decoder{limit};
    strings events;
    for (int i = 0; i < 4; ++i) {
      std::string bytes(random() % 40, '\0');
      for (auto& c : bytes)
        c = static_cast<char>(random());
      // Otherwise almost every frame is refused by its first two bytes.
      if (bytes.size() > 1) {
        bytes[0] = static_cast<char>(bytes[0] & 0x8a);
        bytes[1] = static_cast<char>(bytes[1] | 0x80);
      }
      feed(decoder, bytes, events);
    }
  }
}

} // namespace
} // namespace lastseen
