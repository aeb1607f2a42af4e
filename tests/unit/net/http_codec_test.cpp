#include "tests/unit/net/http_decoding.hpp"

#include <random>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace test::http;

TEST(HttpDecoderTest, ReadsARequest) {
  EXPECT_EQ(decode("POST /api/info?a=b&c HTTP/1.1\r\nHost: localhost:8000\r\n"
                   "X-API-Key: \t key \r\nContent-Length: 2\r\n\r\n{}"),
            strings{"POST /api/info?a=b&c keep Host=localhost:8000 "
                    "X-API-Key=key Content-Length=2 [{}]"});
}

TEST(HttpDecoderTest, PointsIntoTheInputWhenTheRequestIsWhole) {
  const std::string bytes =
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n!next";
  std::string_view input = bytes;
  http_decoder decoder{max_body};
  ASSERT_EQ(decoder.next(input), http_event::request);
  EXPECT_EQ(decoder.request().method.data(), bytes.data());
  EXPECT_EQ(decoder.request().body.data(), &bytes[bytes.find('!')]);
  EXPECT_EQ(input, "next");
}

TEST(HttpDecoderTest, KeepsWhatItNeedsOfARequestInPieces) {
  http_decoder decoder{max_body};
  strings events;
  feed(decoder, "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Len", events);
  feed(decoder, "gth: 4\r\n\r\nbo", events);
  feed(decoder, "dy", events);
  EXPECT_EQ(events, strings{"POST /a?b keep Host=x Content-Length=4 [body]"});
}

TEST(HttpDecoderTest, GivesTheSameHoweverTheInputIsSplit) {
  const auto bytes =
    "GET /connection/websocket HTTP/1.1\r\nHost: x\r\n\r\n"
    + request("Host: x\r\nContent-Length: 5\r\nX-Empty:\r\n", "12345")
    + chunked("3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n")
    + chunked("0\r\n\r\n") + request("Host: x\r\nContent-Length: 0\r\n")
    + "OPTIONS * HTTP/1.0\r\n\r\n";
  const strings expected = {
    "GET /connection/websocket keep Host=x []",
    "POST /api keep Host=x Content-Length=5 X-Empty= [12345]",
    chunked_event("abc0123456789"),
    chunked_event(""),
    "POST /api keep Host=x Content-Length=0 []",
    "OPTIONS * close []"};
  EXPECT_EQ(decode(bytes), expected);
  EXPECT_EQ(bytewise(bytes), expected);
  for (std::size_t i = 0; i <= bytes.size(); ++i)
    EXPECT_EQ(decode({bytes.substr(0, i), bytes.substr(i)}), expected) << i;
  std::mt19937 random{3};
  for (int round = 0; round < 200; ++round) {
    strings receives;
    for (std::size_t i = 0; i < bytes.size();) {
      auto size = std::uniform_int_distribution<std::size_t>{0, 60}(random);
      receives.push_back(bytes.substr(i, size));
      i += size;
    }
    EXPECT_EQ(decode(receives), expected);
  }
}

TEST(HttpDecoderTest, TellsWhetherTheConnectionStaysOpen) {
  auto stays = [](const std::string& version, const std::string& connection) {
    http_decoder decoder{max_body};
    auto bytes = "GET / " + version + "\r\nHost: x\r\n" + connection + "\r\n";
    std::string_view input = bytes;
    EXPECT_EQ(decoder.next(input), http_event::request) << bytes;
    return decoder.request().keep_alive;
  };
  EXPECT_TRUE(stays("HTTP/1.1", ""));
  EXPECT_TRUE(stays("HTTP/1.1", "Connection: keep-alive, Upgrade\r\n"));
  EXPECT_FALSE(stays("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(stays("HTTP/1.1", "Connection: x\r\nConnection: close\r\n"));
  EXPECT_FALSE(stays("HTTP/1.0", ""));
  EXPECT_FALSE(stays("HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST(HttpDecoderTest, SplitsTheTarget) {
  auto target = [](const std::string& text) {
    return decode("GET " + text + " HTTP/1.0\r\n\r\n");
  };
  EXPECT_EQ(target("/"), strings{"GET / close []"});
  EXPECT_EQ(target("/a%2Fb?"), strings{"GET /a%2Fb close []"});
  EXPECT_EQ(target("/a?b?c"), strings{"GET /a?b?c close []"});
  EXPECT_EQ(target("http://host:1/a?b"), strings{"GET /a?b close []"});
  EXPECT_EQ(target("HTTPS://host/"), strings{"GET / close []"});
  for (auto bad : {"a", "host:80", "http://host", "ftp://host/", "?a", "**",
                   "http:/x", "*?a"})
    EXPECT_EQ(target(bad), strings{"error 400"}) << bad;
}

TEST(HttpDecoderTest, TellsOnceThatAContinueIsAwaited) {
  const auto header =
    request("Host: x\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n");
  const std::string event =
    "POST /api keep Host=x Content-Length=2 Expect=100-Continue [ok]";
  EXPECT_EQ(decode({header, "o", "k"}), (strings{"continue", event}));
  EXPECT_EQ(bytewise(header + "ok"), (strings{"continue", event}));
  // It has begun to send: it does not wait.
  EXPECT_EQ(decode(header + "ok"), strings{event});
  EXPECT_EQ(decode({header + "o", "k"}), strings{event});
}

TEST(HttpDecoderTest, ExpectsNothingWithoutABody) {
  EXPECT_EQ(decode(request("Host: x\r\nExpect: 100-continue\r\n")),
            strings{"POST /api keep Host=x Expect=100-continue []"});
}

TEST(HttpDecoderTest, RefusesALargeBodyBeforeItIsSent) {
  EXPECT_EQ(decode(request(
              "Host: x\r\nContent-Length: 101\r\nExpect: 100-continue\r\n")),
            strings{"error 413"});
}

TEST(HttpDecoderTest, AcceptsABodyOfTheLimit) {
  std::string body(max_body, 'x');
  EXPECT_EQ(decode(request("Host: x\r\nContent-Length: 100\r\n", body)),
            strings{"POST /api keep Host=x Content-Length=100 [" + body + ']'});
  EXPECT_EQ(decode(chunked("32\r\n" + body.substr(0, 50) + "\r\n32\r\n"
                           + body.substr(50) + "\r\n0\r\n\r\n")),
            strings{chunked_event(body)});
}

TEST(HttpDecoderTest, ForgetsTheLastRequest) {
  auto bytes = chunked("2\r\nab\r\n0\r\n\r\n");
  EXPECT_EQ(decode({bytes.substr(0, 70), bytes.substr(70),
                    "GET / HTTP/1.1\r\nHost: y\r\n\r\n"}),
            (strings{chunked_event("ab"), "GET / keep Host=y []"}));
}

TEST(HttpDecoderTest, IsIdleBetweenRequestsOnly) {
  http_decoder decoder{max_body};
  EXPECT_TRUE(decoder.idle());
  std::string_view input = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(decoder.next(input), http_event::need_more);
  EXPECT_FALSE(decoder.idle());
  input = "Host: x\r\nContent-Length: 1\r\n\r\n";
  EXPECT_EQ(decoder.next(input), http_event::need_more);
  EXPECT_FALSE(decoder.idle());
  input = "x";
  EXPECT_EQ(decoder.next(input), http_event::request);
  EXPECT_TRUE(decoder.idle());
  EXPECT_EQ(decoder.next(input), http_event::need_more);
  EXPECT_TRUE(decoder.idle());
}

} // namespace
} // namespace lastseen
