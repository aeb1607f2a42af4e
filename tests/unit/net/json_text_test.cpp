#include "net/json_text.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace std::string_view_literals;

namespace lastseen {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

struct json_string_case {
  std::string_view text;
  std::string_view json;
};

TEST(JsonStringTest, EscapesOnlyWhatItMust) {
  const json_string_case cases[] = {
    {"", R"("")"},
    {"user-42", R"("user-42")"},
    {"say \"hi\"", R"("say \"hi\"")"},
    {R"(C:\tmp)", R"("C:\\tmp")"},
    {"a\nb\rc\td", R"("a\nb\rc\td")"},
    {"\0"sv, R"("\u0000")"},
    {"\x1f\b\f", R"("\u001f\u0008\u000c")"},
    {"\x7f", "\"\x7f\""},
    {"<a href='/'>&</a>", R"("<a href='/'>&</a>")"},
    {"канал 日本 😀", R"("канал 日本 😀")"},
    {"\u2028", "\"\u2028\""},
  };
  for (const auto& x : cases)
    EXPECT_EQ(json_of(x.text), x.json);
}

TEST(JsonStringTest, FindsASpecialByteAtEveryOffset) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      auto expected =
        '"' + text.substr(0, at) + "\\\"" + text.substr(at + 1) + '"';
      EXPECT_EQ(json_of(text), expected);
    }
  }
}

TEST(JsonStringTest, TreatsEachByteTheSameWhereverItStands) {
  for (int c = 1; c < 256; ++c) {
    auto alone = json_of(std::string(1, static_cast<char>(c)));
    auto inner = alone.substr(1, alone.size() - 2);
    std::string text = "01234567";
    text += static_cast<char>(c);
    text += "abcdefg";
    EXPECT_EQ(json_of(text), "\"01234567" + inner + "abcdefg\"") << c;
  }
}

TEST(JsonStringTest, ReplacesBytesThatAreNotUtf8) {
  const json_string_case cases[] = {
    {"\x80", "\"\ufffd\""},
    {"a\xff"
     "b",
     "\"a\ufffdb\""},
    {"\xc3", "\"\ufffd\""},                     // cut short
    {"\xc3\xa9\xc3", "\"\u00e9\ufffd\""},       //
    {"\xe2\x82", "\"\ufffd\ufffd\""},           //
    {"\xf0\x9f\x98", "\"\ufffd\ufffd\ufffd\""}, //
    {"\xc0\xaf", "\"\ufffd\ufffd\""},           // overlong
    {"\xe0\x80\x80", "\"\ufffd\ufffd\ufffd\""}, //
    {"\xf0\x80\x80\x80", "\"\ufffd\ufffd\ufffd\ufffd\""},
    {"\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},           // a surrogate
    {"\xf4\x90\x80\x80", "\"\ufffd\ufffd\ufffd\ufffd\""}, // over U+10FFFF
    {"\xed\x9f\xbf", "\"\xed\x9f\xbf\""},         // the last before them
    {"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""}, // U+10FFFF
    {"\xe2\"", "\"\ufffd\\\"\""},
  };
  for (const auto& x : cases)
    EXPECT_EQ(json_of(x.text), x.json);
}

TEST(JsonStringTest, AppendsToWhatIsThere) {
  std::string out = "[";
  append_json_string(out, "a");
  EXPECT_EQ(out, R"(["a")");
}

TEST(AppendIntTest, WritesTheWholeRange) {
  std::string out;
  append_int(out, 0);
  out += ' ';
  append_int(out, -7);
  out += ' ';
  append_int(out, std::numeric_limits<std::int64_t>::max());
  out += ' ';
  append_int(out, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out, "0 -7 9223372036854775807 -9223372036854775808");
}

} // namespace
} // namespace lastseen
