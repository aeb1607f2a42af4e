#include "net/last_resort.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

TEST(LastResort, EndsAProcessThatHangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
    {
      last_resort aut{10ms};
      for (;;)
        std::this_thread::sleep_for(1h);
    },
    testing::ExitedWithCode(1), "");
}

TEST(LastResort, LetsAProcessGoThatEndsInTime) {
  auto begin = std::chrono::steady_clock::now();
  { last_resort aut{1h}; }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1min);
}

} // namespace
} // namespace lastseen
