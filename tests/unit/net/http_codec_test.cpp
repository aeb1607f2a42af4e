#include "net/http_codec.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using strings = std::vector<std::string>;

constexpr std::size_t max_body = 100;

std::string describe(const http_request& request) {
  std::string out;
  out += request.method;
  out += ' ';
  out += request.path;
  if (!request.query.empty())
    out += '?' + std::string{request.query};
  out += request.keep_alive ? " keep" : " close";
  for (const auto& field : request.fields)
    out += ' ' + std::string{field.name} + '=' + std::string{field.value};
  return out + " [" + std::string{request.body} + ']';
}

/// Gives the decoder one receive and lists what it said.
void feed(http_decoder& decoder, const std::string& received, strings& events) {
  // A copy of the exact size, so that a view past its end is noticed.
  const std::vector<char> bytes(received.begin(), received.end());
  std::string_view input{bytes.data(), bytes.size()};
  for (;;) {
    switch (decoder.next(input)) {
      case http_event::need_more:
        EXPECT_TRUE(input.empty());
        return;
      case http_event::expect_continue:
        events.push_back("continue");
        break;
      case http_event::request:
        events.push_back(describe(decoder.request()));
        break;
      case http_event::error:
        EXPECT_TRUE(input.empty());
        EXPECT_FALSE(decoder.why().empty());
        events.push_back("error " + std::to_string(decoder.status()));
        return;
    }
  }
}

strings decode(const strings& receives) {
  http_decoder decoder{max_body};
  strings events;
  for (const auto& bytes : receives) {
    feed(decoder, bytes, events);
    if (!events.empty() && events.back().starts_with("error"))
      break;
  }
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

/// A request with these header lines, each of which ends with CRLF.
std::string request(const std::string& lines, const std::string& body = "") {
  return "POST /api HTTP/1.1\r\n" + lines + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return "POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         + body;
}

std::string chunked_event(const std::string& body) {
  return "POST /api keep Host=x Transfer-Encoding=chunked [" + body + "]";
}

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

struct refusal {
  std::string bytes;
  unsigned status;
};

TEST(HttpDecoderTest, RefusesWhatIsMalformedOrAmbiguous) {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  const std::string x = "Host: x\r\n";
  for (const auto& [bytes, status] : std::vector<refusal>{
         // The request line.
         {"\r\n\r\n", 400},
         {"GET /\r\n\r\n", 400},
         {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
         {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 505},
         {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
         {"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
         {"\x16\x03\x01\r\n\r\n", 400},
         {"PRI * HTTP/2.0\r\n\r\n", 505},
         {"GET / HTTP/0.9\r\n\r\n", 505},
         {"GET / HTTP/1.2\r\n\r\n", 505},
         // Fields.
         {request(""), 400},
         {request("Host: x\r\nHost: x\r\n"), 400},
         {request("Host : x\r\n"), 400},
         {request("Host: x\r\n: x\r\n"), 400},
         {request("Host: x\r\nX\r\n"), 400},
         {request("Host: x\r\nX: a\nY: b\r\n"), 400},
         {request("Host: x\r\nX: a\rb\r\n"), 400},
         {request(x + std::string("X: a\0b\r\n", 8)), 400},
         {request("Host: x\r\nX: a\r\n b\r\n"), 400},
         {request("Host: x\r\nX:\r\n b\r\n"), 400},
         {request("Host: x\r\nX: a\r\n \r\n"), 400},
         {request("Host: x\r\nContent-Length:\r\n 5\r\n", "12345"), 400},
         {request("Host: x\r\nExpect: 200-ok\r\n"), 417},
         // Lengths.
         {request(x + "Content-Length: \r\n"), 400},
         {request(x + "Content-Length: x\r\n"), 400},
         {request(x + "Content-Length: -1\r\n"), 400},
         {request(x + "Content-Length: +1\r\n", "1"), 400},
         {request(x + "Content-Length: 0x1\r\n", "1"), 400},
         {request(x + "Content-Length: 1 1\r\n", "1"), 400},
         {request(x + "Content-Length: 1, 1\r\n", "1"), 400},
         {request(x + "Content-Length: 1\r\nContent-Length: 1\r\n", "1"), 400},
         {request(x + "Content-Length: 1\r\nContent-Length: 2\r\n", "1"), 400},
         {request(x + "Content-Length: 18446744073709551616\r\n"), 400},
         {request(x + "Content-Length: 18446744073709551615\r\n"), 413},
         {request(x + "Content-Length: 9223372036854775808\r\n"), 413},
         {request(x + "Content-Length: 101\r\n"), 413},
         // Codings.
         {request(x + te + "Content-Length: 3\r\n", "0\r\n\r\n"), 400},
         {request(x + "Content-Length: 3\r\n" + te, "0\r\n\r\n"), 400},
         {request(x + te + te, "0\r\n\r\n"), 400},
         {"POST / HTTP/1.0\r\nHost: x\r\n" + te + "\r\n0\r\n\r\n", 400},
         {request(x + "Transfer-Encoding: gzip\r\n"), 501},
         {request(x + "Transfer-Encoding: gzip, chunked\r\n"), 501},
         {request(x + "Transfer-Encoding: identity\r\n"), 501},
         {request(x + "Transfer-Encoding: xchunked\r\n"), 501},
         {request(x + "Transfer-Encoding: \"chunked\"\r\n"), 501},
         {request(x + "Transfer-Encoding:\r\n"), 501},
         // Chunks.
         {chunked("\r\n"), 400},
         {chunked("x\r\n"), 400},
         {chunked("-1\r\n"), 400},
         {chunked("+1\r\n"), 400},
         {chunked("0x1\r\na\r\n"), 400},
         {chunked(" 1\r\na\r\n"), 400},
         {chunked("1 \r\na\r\n"), 400},
         {chunked("1\na\n"), 400},
         {chunked("1\r\r\na\r\n"), 400},
         {chunked("1;a\rb\r\na\r\n"), 400},
         {chunked("1\r\nab\r\n"), 400},
         {chunked("1\r\na\n"), 400},
         {chunked("1\r\na0\r\n\r\n"), 400},
         {chunked("65\r\n"), 413},
         {chunked("64\r\n" + std::string(100, 'x') + "\r\n1\r\n"), 413},
         {chunked("ffffffffffffffff\r\n"), 413},
         {chunked("10000000000000000\r\n"), 413},
         {chunked("8000000000000000\r\n"), 413},
         {chunked("1;" + std::string(2000, 'x')), 400},
         {chunked("0\r\nT: v\n\r\n"), 400},
       }) {
    const strings expected{"error " + std::to_string(status)};
    EXPECT_EQ(decode(bytes), expected) << testing::PrintToString(bytes);
    EXPECT_EQ(bytewise(bytes), expected) << testing::PrintToString(bytes);
  }
}

TEST(HttpDecoderTest, RefusesAHeaderOverSixteenKilobytes) {
  auto sized = [](std::size_t size) {
    auto start = std::string{"GET / HTTP/1.1\r\nHost: x\r\nX: "};
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  constexpr auto limit = http_decoder::max_header_size;
  EXPECT_EQ(decode(sized(limit)).size(), 1U);
  EXPECT_TRUE(decode(sized(limit))[0].starts_with("GET / keep"));
  EXPECT_TRUE(bytewise(sized(limit))[0].starts_with("GET / keep"));
  EXPECT_EQ(decode(sized(limit + 1)), strings{"error 431"});
  EXPECT_EQ(bytewise(sized(limit + 1)), strings{"error 431"});
  EXPECT_EQ(decode(std::string(100'000, 'x')), strings{"error 431"});
}

TEST(HttpDecoderTest, EndsEndlessTrailers) {
  auto bytes = chunked("0\r\n");
  for (int i = 0; i < 200; ++i)
    bytes += "T: " + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(decode(bytes), strings{"error 431"});
}

TEST(HttpDecoderTest, DropsTrailers) {
  EXPECT_EQ(decode(chunked("0\r\nX-API-Key: forged\r\n\r\n")),
            strings{chunked_event("")});
}

TEST(HttpDecoderTest, RefusesOnlyAfterTheRequestsBefore) {
  EXPECT_EQ(
    decode(chunked("0\r\n\r\n") + "nonsense\r\n\r\n" + chunked("0\r\n\r\n")),
    (strings{chunked_event(""), "error 400"}));
}

TEST(HttpDecoderTest, StaysWithItsError) {
  http_decoder decoder{max_body};
  strings events;
  feed(decoder, "nonsense\r\n\r\n", events);
  feed(decoder, chunked("0\r\n\r\n"), events);
  EXPECT_EQ(events, (strings{"error 400", "error 400"}));
}

TEST(HttpDecoderTest, SurvivesBrokenRequests) {
  const auto good =
    request("Host: x\r\nContent-Length: 5\r\nConnection: close\r\n", "12345")
    + chunked("3\r\nabc\r\n0\r\nT: v\r\n\r\n");
  std::mt19937 random{5};
  for (int round = 0; round < 5000; ++round) {
    auto bytes = good;
    for (int i = 0; i < 3; ++i)
      bytes[random() % bytes.size()] = "\r\n :;,0\xff"[random() % 8];
    auto cut = random() % bytes.size();
    decode({bytes.substr(0, cut), bytes.substr(cut)});
  }
}

} // namespace
} // namespace lastseen
