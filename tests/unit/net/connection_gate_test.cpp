#include "net/connection_gate.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr local_time now{1h};

TEST(ConnectionGate, HoldsTheConnectionLimit) {
  config::client settings;
  settings.connection_limit = 3;
  connection_gate gate;
  gate.limit(settings);
  EXPECT_TRUE(gate.admit(2, now));
  EXPECT_FALSE(gate.admit(3, now));
  EXPECT_FALSE(gate.admit(4, now));
}

TEST(ConnectionGate, LeavesFilesForOtherThings) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_cur == RLIM_INFINITY)
    GTEST_SKIP() << "no limit of open files";
  connection_gate gate;
  gate.limit({});
  EXPECT_EQ(gate.max_connections(), files.rlim_cur - 256);
  EXPECT_TRUE(gate.admit(files.rlim_cur - 257, now));
  EXPECT_FALSE(gate.admit(files.rlim_cur - 256, now));
}

TEST(ConnectionGate, HoldsTheRate) {
  config::client settings;
  settings.connection_rate_limit = 2;
  connection_gate gate;
  gate.limit(settings);
  EXPECT_TRUE(gate.admit(0, now));
  EXPECT_TRUE(gate.admit(0, now));
  EXPECT_FALSE(gate.admit(0, now));
  EXPECT_TRUE(gate.admit(0, now + 500ms));
  EXPECT_FALSE(gate.admit(0, now + 500ms));
}

} // namespace
} // namespace lastseen
