#include "config/env_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {
namespace {

using testing::IsEmpty;

std::map<std::string, env_entry> parsed(std::string_view text) {
  auto x = parse_env(text, ".env");
  if (x)
    return *x;
  ADD_FAILURE() << x.error().what;
  return {};
}

TEST(ParseEnv, ReadsValues) {
  struct row {
    std::string_view text;
    std::string_view value;
  };
  for (auto [text, value] : std::initializer_list<row>{
         {"A=b", "b"},
         {"A=b\n", "b"},
         {"A=b\r\n", "b"},
         {"\xEF\xBB\xBF"
          "A=b",
          "b"},
         {"  A = b c \t", "b c"},
         {"export A=b", "b"},
         {"export \t A=b", "b"},
         {"A=", ""},
         {"A= \n", ""},
         {"A=b=c", "b=c"},
         {"A=b # comment", "b"},
         {"A= # comment", ""},
         {"A=b#c", "b#c"},
         {"A=#c", "#c"},
         {"A=#c #d #e", "#c"},
         {"A=b'c\"d", "b'c\"d"},
         {"A=$B${C}", "$B${C}"},
         {"A=b\\n", "b\\n"},
         {"A=''", ""},
         {"A='b # c'", "b # c"},
         {"A='b\\n\"$'", "b\\n\"$"},
         {"A=' b '# comment", " b "},
         {"A='b\nc' ", "b\nc"},
         {R"(A="")", ""},
         {R"(A="b # c" # d)", "b # c"},
         {R"(A="b\n\r\t\"\\\$'")", "b\n\r\t\"\\$'"},
         {R"(A="\a\ $B")", R"(\a\ $B)"},
         {"A=\"b\nc\"", "b\nc"},
         {"A=b\nA=c", "c"},
       })
    EXPECT_EQ(parsed(text)["A"].value, value) << text;
}

TEST(ParseEnv, KnowsTheLines) {
  auto all = parsed("# comment\n\n \t# one more\nA=1\nB='\n\n' # \n\nC=3\n");
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all["A"].line, 4U);
  EXPECT_EQ(all["B"].line, 5U);
  EXPECT_EQ(all["C"].line, 9U);
}

TEST(ParseEnv, ReadsNothing) {
  for (auto text : {"", "\n", "\n\n", " ", "#", "# A=b\n", "\xEF\xBB\xBF"})
    EXPECT_THAT(parsed(text), IsEmpty()) << text;
}

TEST(ParseEnv, NamesTheLineOfAFault) {
  struct row {
    std::string_view text;
    std::string_view what;
  };
  for (auto [text, what] : std::initializer_list<row>{
         {"A", ".env:1: must be NAME=value"},
         {"A=1\nA: hush", ".env:2: must be NAME=value"},
         {"\n=hush", ".env:2: must be NAME=value"},
         {"1A=hush", ".env:1: must be NAME=value"},
         {"A B=hush", ".env:1: must be NAME=value"},
         {"export", ".env:1: must be NAME=value"},
         {"A\n=hush", ".env:1: must be NAME=value"},
         {"A='hush\n\n", ".env:1: A: ' does not end"},
         {"B=\nA=\"hush\n\n\\\"", ".env:2: A: \" does not end"},
         {"A=\"hush\\", ".env:1: A: \" does not end"},
         {"A='x'hush",
          ".env:1: nothing but a comment may follow a quoted value"},
         {"A='x\ny' hush",
          ".env:2: nothing but a comment may follow a quoted value"},
       }) {
    auto x = parse_env(text, ".env");
    ASSERT_FALSE(x) << text;
    EXPECT_EQ(x.error().code, ec::bad_config);
    EXPECT_EQ(x.error().what, what);
  }
}

} // namespace
} // namespace lastseen::config
