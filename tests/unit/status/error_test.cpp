#include "status/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace lastseen {
namespace {

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (auto i = 0; i <= static_cast<int>(ec::stopped); ++i) {
    auto name = to_string(static_cast<ec>(i));
    EXPECT_NE(name, "unknown") << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(to_string(static_cast<ec>(200)), "unknown");
}

TEST(Error, AskingAnErrorForItsValueSaysWhatItWas) {
  result<int> x{error{ec::unavailable, "redis 127.0.0.1:6379: gone"}};
  try {
    x.value();
    FAIL() << "no exception";
  } catch (const std::logic_error& e) {
    EXPECT_NE(std::string{e.what()}.find("127.0.0.1:6379: gone"),
              std::string::npos);
  }
}

} // namespace
} // namespace lastseen
