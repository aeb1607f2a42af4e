#include "config/duration.hpp"

#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using namespace std::chrono_literals;

struct duration_case {
  const char* text;
  std::chrono::milliseconds time;
};

TEST(Duration, ReadsWhatGoWrites) {
  for (auto [text, time] : {
         duration_case{"0", 0ms},
         {"0s", 0ms},
         {"1ms", 1ms},
         {"250ms", 250ms},
         {"1h30m", 90min},
         {"1h0m0s", 1h},
         {"744h", 744h},
         {"1.5s", 1500ms},
         {".5s", 500ms},
         {"5.s", 5s},
         {"0.001s", 1ms},
         {"1000us", 1ms},
         {"2000\u00b5s", 2ms},
         {"3000\u03bcs", 3ms},
         {"4000000ns", 4ms},
         {"1m1m", 2min},
         {"100000h", 100000h},
         {"1.00000000000000000000s", 1s},
         {"0.1h", 6min},
         {"00001s", 1s},
       }) {
    auto read = parse_duration(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, time) << text;
  }
}

TEST(Duration, RefusesEverythingElse) {
  for (auto text : {"",
                    " ",
                    "1",
                    "00",
                    "s",
                    ".s",
                    ".",
                    "-1s",
                    "+1s",
                    "1 s",
                    " 1s",
                    "1s ",
                    "1d",
                    "1S",
                    "1sec",
                    "1h30",
                    "1..5s",
                    "1.5.5s",
                    "0x10s",
                    "1e3s",
                    "h1",
                    "1500us",
                    "1ns",
                    "0.5ms",
                    "100001h",
                    "100000h1ms",
                    "9223372036854775807h",
                    "99999999999999999999999s",
                    "1\u00b5",
                    "\xc2s",
                    "1,5s",
                    "inf",
                    "nan"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenTheShortestWay) {
  EXPECT_EQ(to_string(0ms), "0");
  EXPECT_EQ(to_string(5ms), "5ms");
  EXPECT_EQ(to_string(25s), "25s");
  EXPECT_EQ(to_string(90min), "1h30m");
  EXPECT_EQ(to_string(744h), "744h");
  EXPECT_EQ(to_string(1h + 1ms), "1h1ms");
}

TEST(Duration, ReadsBackWhatItWrote) {
  for (auto x :
       {0ms, 1ms, 999ms, 1000ms, 61001ms, 3599999ms, 3600000ms, 123456789ms}) {
    auto read = parse_duration(to_string(x));
    ASSERT_TRUE(read) << x.count();
    EXPECT_EQ(*read, x);
  }
}

} // namespace

} // namespace lastseen::config
