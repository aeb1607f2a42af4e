#include "net/auth/document_fetch.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastseen {
namespace {

struct url_case {
  const char* text;
  const char* host;
  const char* authority;
  const char* target;
  bool tls;
};

TEST(HttpUrl, IsTakenApart) {
  for (const auto& [text, host, authority, target, tls] : std::vector<url_case>{
         {"http://a", "a", "a:80", "/", false},
         {"http://a:81/", "a", "a:81", "/", false},
         {"https://a.example/jwks.json", "a.example", "a.example:443",
          "/jwks.json", true},
         {"https://a/b?c=d&e", "a", "a:443", "/b?c=d&e", true},
         {"http://127.0.0.1:8000/x", "127.0.0.1", "127.0.0.1:8000", "/x",
          false},
         {"http://[::1]:8000/x", "::1", "[::1]:8000", "/x", false},
       }) {
    auto url = parse_http_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->host, host) << text;
    EXPECT_EQ(url->authority(), authority) << text;
    EXPECT_EQ(url->target, target) << text;
    EXPECT_EQ(url->tls, tls) << text;
  }
}

TEST(HttpUrl, IsNothingElse) {
  for (const auto* text :
       {"", "a", "//a", "ftp://a/", "http:///x", "http://", "http://a:b/",
        "http://a:70000/", "http://user:password@a/", "http://a/b c",
        "http://a/b\r\nX: y"})
    EXPECT_FALSE(parse_http_url(text)) << text;
}

} // namespace
} // namespace lastseen
