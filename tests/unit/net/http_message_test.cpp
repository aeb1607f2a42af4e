#include "net/http_message.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

TEST(HttpRequestTest, FindsTheFirstFieldOfANameInAnyCase) {
  http_request request{.fields = {{"Host", "a"}, {"X-A", "1"}, {"x-a", "2"}}};
  EXPECT_EQ(request.field("x-A"), "1");
  EXPECT_EQ(request.field("host"), "a");
  EXPECT_EQ(request.field("x"), "");
  EXPECT_EQ(request.field(""), "");
}

TEST(QueryValueTest, DecodesTheFirstValue) {
  EXPECT_EQ(query_value("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(query_value("a=1&b=2", "b"), "2");
  EXPECT_EQ(query_value("a=%41+%2b%2B%00&", "a"), std::string("A ++\0", 5));
  EXPECT_EQ(query_value("%61=x", "a"), "x");
  EXPECT_EQ(query_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(query_value("a", "a"), "");
  EXPECT_EQ(query_value("a=", "a"), "");
  EXPECT_EQ(query_value("&&a=1", "a"), "1");
}

TEST(QueryValueTest, FindsNothing) {
  for (auto query : {"", "&", "A=1", "aa=1", "b=a", "b=1&c"})
    EXPECT_EQ(query_value(query, "a"), std::nullopt) << query;
}

TEST(QueryValueTest, SkipsWhatIsWronglyEncoded) {
  for (auto query :
       {"a=%", "a=%4", "a=%4g", "a=%-1", "a=%+1", "a=%%41", "a=x%"})
    EXPECT_EQ(query_value(query, "a"), std::nullopt) << query;
  EXPECT_EQ(query_value("a=%zz&a=2", "a"), "2");
}

std::string response(unsigned status, std::string_view type,
                     std::string_view body, bool keep_alive,
                     std::string_view extra = {}) {
  std::string out = "before ";
  append_response(out, status, type, body, keep_alive, extra);
  return out;
}

TEST(AppendResponseTest, WritesAWholeResponse) {
  EXPECT_EQ(response(200, "application/json", "{\"result\":{}}", true),
            "before HTTP/1.1 200 OK\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 13\r\n"
            "\r\n"
            "{\"result\":{}}");
}

TEST(AppendResponseTest, SaysThatTheConnectionCloses) {
  EXPECT_EQ(response(401, "", "", false), "before HTTP/1.1 401 Unauthorized\r\n"
                                          "Content-Length: 0\r\n"
                                          "Connection: close\r\n"
                                          "\r\n");
}

TEST(AppendResponseTest, AddsExtraHeaders) {
  EXPECT_EQ(response(405, "text/plain", "x\n", true, "Allow: POST\r\n"),
            "before HTTP/1.1 405 Method Not Allowed\r\n"
            "Content-Type: text/plain\r\n"
            "Content-Length: 2\r\n"
            "Allow: POST\r\n"
            "\r\n"
            "x\n");
}

} // namespace
} // namespace lastseen
