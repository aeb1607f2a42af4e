#include "net/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

TEST(Utf8Test, AcceptsTheEdgesOfEveryLength) {
  for (std::string text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << testing::PrintToString(text);
    EXPECT_TRUE(is_utf8("seven b" + text + "and more of it"));
  }
  EXPECT_TRUE(is_utf8(std::string(1, '\0')));
}

TEST(Utf8Test, RefusesWhatIsNotWellFormedWhereverItStands) {
  for (std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80",
        "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80\x41", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xfe", "\xff"}) {
    for (std::size_t before = 0; before < 10; ++before)
      for (std::size_t after : {0U, 1U, 9U})
        EXPECT_FALSE(
          is_utf8(std::string(before, 'a') + text + std::string(after, 'b')))
          << before << " " << testing::PrintToString(text) << " " << after;
  }
}

} // namespace
} // namespace lastseen
