#include "cli/api_client.hpp"
#include "cli/status_table.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace lastseen::cli {
namespace {

using namespace std::chrono_literals;

TEST(StatusTable, SaysHowLongAgo) {
  for (auto [time, words] :
       std::initializer_list<std::pair<std::chrono::seconds, const char*>>{
         {-5s, "just now"},
         {0s, "just now"},
         {1s, "just now"},
         {2s, "2 seconds ago"},
         {59s, "59 seconds ago"},
         {60s, "1 minute ago"},
         {3min + 59s, "3 minutes ago"},
         {1h, "1 hour ago"},
         {24h, "1 day ago"},
         {24h * 31, "31 days ago"}})
    EXPECT_EQ(ago(time), words);
}

TEST(StatusTable, LinesUp) {
  auto result = boost::json::parse(
                  R"({"statuses":[{"user":"42","active":100,"online":1000,)"
                  R"("state":"away"},{"user":"жук"},{"user":"a\nb"}]})")
                  .as_object();
  EXPECT_EQ(status_table(result, std::chrono::sys_seconds{1000s}),
            "USER      ACTIVE          ONLINE    STATE\n"
            "42        15 minutes ago  just now  away\n"
            "жук       -               -         -\n"
            "\"a\\x0ab\"  -               -         -\n");
}

TEST(ApiAddress, IsReadFromAUrl) {
  struct good {
    const char* url;
    const char* host;
    const char* port;
    const char* prefix;
  };
  for (const auto& x : std::vector<good>{
         {"http://a", "a", "80", "/api"},
         {"http://a:8000", "a", "8000", "/api"},
         {"http://127.0.0.1:8000/", "127.0.0.1", "8000", "/api"},
         {"http://a/b/c/", "a", "80", "/b/c"},
         {"http://[::1]:9/x", "::1", "9", "/x"},
         {"https://a", "a", "443", "/api"},
         {"https://a:8000/b", "a", "8000", "/b"},
         {"http://[::1]", "::1", "80", "/api"}}) {
    auto got = parse_api_address(x.url);
    ASSERT_TRUE(got) << x.url;
    EXPECT_EQ(got->host, x.host) << x.url;
    EXPECT_EQ(got->port, x.port) << x.url;
    EXPECT_EQ(got->prefix, x.prefix) << x.url;
    EXPECT_EQ(got->tls, std::string_view{x.url}.starts_with("https"));
  }
  for (auto url : {"", "a:8000", "ftp://a", "http://", "https://", "http://:80",
                   "http://a:x", "http://a:0", "http://a:99999", "http://u@a",
                   "http://a/b c", "http://a/\r\nx"})
    EXPECT_FALSE(parse_api_address(url)) << url;
}

} // namespace
} // namespace lastseen::cli
