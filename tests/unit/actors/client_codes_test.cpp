#include "actors/client_codes.hpp"

#include <gtest/gtest.h>

namespace lastseen::protocol {
namespace {

TEST(ProtocolErrorsTest, EachCodeDescribesItself) {
  for (const auto& x : errors) {
    EXPECT_EQ(&describe(x.code), &x);
    EXPECT_FALSE(x.message.empty());
  }
  EXPECT_EQ(describe(error_code::method_not_found).message, "method not found");
}

TEST(ProtocolErrorsTest, OnlyWhatMayPassIsTemporary) {
  for (const auto& x : errors)
    EXPECT_EQ(x.temporary, x.code == error_code::internal
                             || x.code == error_code::too_many_requests
                             || x.code == error_code::concurrent_pagination);
}

// An empty reason makes clients come back for ever, one that is JSON is read
// as advice, and a close frame holds 123 bytes.
TEST(ProtocolErrorsTest, ReasonsAreWordsThatFitACloseFrame) {
  for (const auto& x : disconnects) {
    ASSERT_FALSE(x.reason.empty());
    EXPECT_TRUE(x.reason.front() >= 'a' && x.reason.front() <= 'z');
    EXPECT_NE(x.reason, "true");
    EXPECT_NE(x.reason, "null");
    EXPECT_LE(x.reason.size(), 123u);
    EXPECT_EQ(reason_of(x.code), x.reason);
  }
  EXPECT_EQ(reason_of(disconnect_code::no_pong), "no pong");
  EXPECT_EQ(static_cast<int>(disconnect_code::stale), 3502);
}

} // namespace
} // namespace lastseen::protocol
