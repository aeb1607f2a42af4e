#include "net/log.hpp"
#include "tests/support/captured_log.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace lastseen {
namespace {

TEST(FormatEvent, WritesPlainValuesAsTheyAre) {
  EXPECT_EQ(format_event(false, "listening",
                         {{"address", "127.0.0.1"}, {"port", "8000"}}),
            "msg=listening address=127.0.0.1 port=8000");
}

TEST(FormatEvent, QuotesWhatIsNotPlain) {
  for (auto [value, quoted] :
       std::initializer_list<std::pair<std::string, std::string>>{
         {"", R"("")"},
         {"a b", R"("a b")"},
         {"a=b", R"("a=b")"},
         {"a\"b", R"("a\"b")"},
         {"a\\b", R"("a\\b")"},
         {"канал", R"("канал")"}})
    EXPECT_EQ(format_event(false, "x", {{"k", value}}), "msg=x k=" + quoted);
}

TEST(FormatEvent, EscapesControlCharacters) {
  EXPECT_EQ(format_event(false, "x", {{"user", "a\nlevel=error\x1b[2J"}}),
            R"(msg=x user="a\nlevel=error\u001b[2J")");
}

// In both formats: one line, nothing that moves a terminal's cursor.
TEST(FormatEvent, WritesNoControlCharacterWhateverTheValue) {
  for (bool json : {false, true})
    for (int c = 0; c < 256; ++c) {
      std::string value{"a"};
      value += static_cast<char>(c);
      auto line = format_event(json, value, {{"k", value}});
      for (auto x : line)
        EXPECT_FALSE(std::iscntrl(static_cast<unsigned char>(x)))
          << "of byte " << c;
    }
}

TEST(FormatEvent, WritesNoControlCharacterOfUnicode) {
  auto line = format_event(false, "x", {{"k", "a\u009b2J"}});
  EXPECT_EQ(line.find("\u009b"), std::string::npos) << line;
}

TEST(FormatEvent, WritesJsonThatHoldsTheValues) {
  std::string wild{"\"\\/\b\f\n\r\t\x01\x7f канал \xf0\x9f\x98\x80"};
  auto line = "{" + format_event(true, wild, {{"k", wild}, {"l", ""}}) + "}";
  auto parsed = boost::json::parse(line).as_object();
  EXPECT_EQ(parsed.at("msg").as_string(), wild);
  EXPECT_EQ(parsed.at("k").as_string(), wild);
  EXPECT_EQ(parsed.at("l").as_string(), "");
}

TEST(FormatEvent, WritesJsonEvenOfBytesThatAreNoText) {
  for (int c = 0x80; c < 0x100; ++c) {
    std::string value{static_cast<char>(c), 'a'};
    boost::system::error_code failed;
    boost::json::parse("{" + format_event(true, "x", {{"k", value}}) + "}",
                       failed);
    EXPECT_FALSE(failed) << c;
  }
}

TEST(LogEvent, WritesALineWithTimeAndLevel) {
  auto got = test::captured_log({}, [] {
    log_event(log_level::info, "link is up", {{"store", "{} %v %n"}});
  });
  EXPECT_TRUE(got.starts_with("time=20")) << got;
  EXPECT_TRUE(
    got.ends_with("Z level=info msg=\"link is up\" store=\"{} %v %n\"\n"))
    << got;
}

TEST(LogEvent, WritesOneJsonObjectPerLine) {
  auto got =
    test::captured_log({.level = "debug", .format = "json", .file = {}}, [] {
      log_event(log_level::debug, "a \"b\"", {{"k", "v"}});
    });
  auto parsed = boost::json::parse(got).as_object();
  EXPECT_EQ(parsed.at("level").as_string(), "debug");
  EXPECT_EQ(parsed.at("msg").as_string(), "a \"b\"");
  EXPECT_EQ(parsed.at("k").as_string(), "v");
  EXPECT_TRUE(parsed.contains("time"));
}

TEST(LogEvent, LeavesOutWhatIsBelowTheLevel) {
  for (auto [level, lines] :
       std::initializer_list<std::pair<std::string, std::ptrdiff_t>>{
         {"trace", 4},
         {"debug", 4},
         {"info", 3},
         {"warn", 2},
         {"error", 1},
         {"none", 0}}) {
    auto got =
      test::captured_log({.level = level, .format = "text", .file = {}}, [] {
        for (auto x : {log_level::debug, log_level::info, log_level::warn,
                       log_level::err})
          log_event(x, "x");
      });
    EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), lines) << level;
  }
}

} // namespace
} // namespace lastseen
