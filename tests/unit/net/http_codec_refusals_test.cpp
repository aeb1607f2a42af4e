#include "tests/unit/net/http_decoding.hpp"

#include <random>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace test::http;

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

TEST(HttpDecoderTest, RefusesARequestThatIsNotWholeAtTheEnd) {
  const std::string good = request("Host: x\r\nContent-Length: 5\r\n", "12345");
  const std::string all[] = {good, chunked("3\r\nabc\r\n0\r\n\r\n")};
  for (const auto& bytes : all)
    for (std::size_t n = 0; n <= bytes.size(); ++n) {
      http_decoder decoder{max_body};
      strings events;
      feed(decoder, good + bytes.substr(0, n), events);
      auto whole = n == 0 || n == bytes.size();
      EXPECT_EQ(decoder.end() == http_event::need_more, whole)
        << bytes.substr(0, n);
      EXPECT_EQ(decoder.status(), whole ? 0u : 400u);
    }
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
