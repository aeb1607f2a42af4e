#include "actors/client_id.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

TEST(ClientIdTest, IsAUuidOfVersionFour) {
  EXPECT_EQ(make_client_id(0, 0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(make_client_id(~0ULL, ~0ULL),
            "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(ClientIdTest, KeepsTheRandomBits) {
  EXPECT_EQ(make_client_id(0x0123456789abcdef, 0x1234567890abcdef),
            "01234567-89ab-4def-9234-567890abcdef");
}

} // namespace
} // namespace lastseen
