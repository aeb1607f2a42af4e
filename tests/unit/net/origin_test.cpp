#include "net/origin.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen {
namespace {

struct origin_case {
  const char* origin;
  std::vector<std::string> allowed;
  bool good;
};

TEST(OriginTest, FollowsTheContract) {
  for (const auto& x : std::vector<origin_case>{
         {"", {}, true},
         {"", {"https://example.com"}, true},
         {"https://example.com", {}, false},
         {"null", {}, false},
         {"null", {"*"}, true},
         {"https://example.com", {"*"}, true},
         {"https://example.com", {"https://example.com"}, true},
         {"HTTPS://Example.COM", {"https://example.com"}, true},
         {"https://example.com", {"https://EXAMPLE.com"}, true},
         {"https://example.com:8080", {"https://example.com"}, false},
         {"https://example.com", {"https://example.com:8080"}, false},
         {"http://example.com", {"https://example.com"}, false},
         {"https://example.co", {"https://example.com"}, false},
         {"https://a.example.com", {"https://*.example.com"}, true},
         {"https://a.b.example.com", {"https://*.example.com"}, true},
         {"https://example.com", {"https://*.example.com"}, false},
         {"https://evilexample.com", {"https://*.example.com"}, false},
         {"https://a.example.com.evil.org", {"https://*.example.com"}, false},
         {"https://x.example.com", {"http://x", "https://*.com"}, true},
         {"http://localhost:3000", {"http://localhost:*"}, true},
         {"https://abcabd", {"https://*abd"}, true},
         {"https://aXbXc", {"https://a*b*c"}, true},
         {"https://aXbX", {"https://a*b*c"}, false},
         {"https://a", {"https://a**"}, true},
         {"https://a", {""}, false},
         {"https://a.b", {"https://a?b"}, false},
       })
    EXPECT_EQ(origin_allowed(x.origin, x.allowed), x.good) << x.origin;
}

TEST(OriginTest, AnswersHostilePatternsAtOnce) {
  std::string pattern;
  for (int i = 0; i < 50; ++i)
    pattern += "*a";
  EXPECT_FALSE(origin_allowed(std::string(10'000, 'a') + 'b', {pattern}));
}

} // namespace
} // namespace lastseen
