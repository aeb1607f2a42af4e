#include "config/env_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

env_file parsed_with_warnings(std::string_view text) {
  auto x = parse_env(text, ".env", "OURS_");
  if (x)
    return *x;
  ADD_FAILURE() << x.error().what;
  return {};
}

std::map<std::string, env_entry> parsed(std::string_view text) {
  auto x = parsed_with_warnings(text);
  EXPECT_THAT(x.warnings, IsEmpty()) << text;
  return x.variables;
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

struct faulty {
  std::string_view text; // in which X is what may be ours
  std::string_view what;
};

constexpr faulty faults[] = {
  {"X", ".env:1: must be NAME=value"},
  {"A=1\nX: hush", ".env:2: must be NAME=value"},
  {"\n=X hush", ".env:2: must be NAME=value"},
  {"1X=hush", ".env:1: must be NAME=value"},
  {"A X=hush", ".env:1: must be NAME=value"},
  {"export X", ".env:1: must be NAME=value"},
  {"X\n=hush", ".env:1: must be NAME=value"},
  {"X='hush\n\n", ".env:1: X: ' does not end"},
  {"B=\nX=\"hush\n\n\\\"", ".env:2: X: \" does not end"},
  {"X=\"hush\\", ".env:1: X: \" does not end"},
  {"X='x'hush", ".env:1: X: nothing but a comment may follow a quoted value"},
  {"X='x\ny' hush",
   ".env:1: X: nothing but a comment may follow a quoted value"},
};

// With another name for X.
std::string named(std::string_view text, std::string_view name) {
  std::string out{text};
  for (auto i = out.find('X'); i != out.npos;
       i = out.find('X', i + name.size()))
    out.replace(i, 1, name);
  return out;
}

TEST(ParseEnv, NamesTheLineOfAFaultOfOurs) {
  for (auto [text, what] : faults) {
    auto x = parse_env(named(text, "OURS_A"), ".env", "OURS_");
    ASSERT_FALSE(x) << text;
    EXPECT_EQ(x.error().code, ec::bad_config);
    EXPECT_EQ(x.error().what, named(what, "OURS_A"));
  }
}

TEST(ParseEnv, PassesOverALineOfOthersThatItCannotRead) {
  for (auto [text, what] : faults) {
    auto x = parsed_with_warnings(named(text, "Y") + "\nOURS_A=b");
    auto passed = named(what, "Y");
    passed.insert(passed.find(": ") + 2, "passed over: ");
    ASSERT_FALSE(x.warnings.empty()) << text;
    EXPECT_EQ(x.warnings.front(), passed);
    EXPECT_EQ(x.variables["OURS_A"].value, "b") << text;
  }
}

TEST(ParseEnv, LosesNoLineBehindAQuoteOfOthersThatDoesNotEnd) {
  auto x = parsed_with_warnings("A='b\nOURS_A='c'\nB=\"\nOURS_B=d\n- e\n");
  EXPECT_EQ(x.variables["OURS_A"].value, "c");
  EXPECT_EQ(x.variables["OURS_B"].value, "d");
  EXPECT_THAT(
    x.warnings,
    ElementsAre(
      ".env:1: passed over: A: nothing but a comment may follow a quoted value",
      ".env:3: passed over: B: \" does not end",
      ".env:5: passed over: must be NAME=value"));
}

} // namespace
} // namespace lastseen::config
