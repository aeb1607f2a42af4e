#include "actors/session.hpp"
#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionIdentityTest : public test::session_fixture {
protected:
  // The fetch of keys ends: the key is there, or why it is not.
  void keys(std::optional<ec> missing = {}) {
    no_key_ = missing;
    aut().on_keys(now_);
  }
};

// -- keys that are looked for -------------------------------------------------

TEST_F(SessionIdentityTest, ConnectWaitsForItsKey) {
  connect("key 42");
  EXPECT_THAT(said(), ElementsAre("await keys"));
  EXPECT_TRUE(aut().busy());
  now_ += 1s;
  keys();
  EXPECT_THAT(
    said(), ElementsAre("connected 1 ping 25", "edge of 42 at 1000", "ready"));
  EXPECT_FALSE(aut().busy());
}

TEST_F(SessionIdentityTest, AKeyThatCannotBeHadIsATemporaryError) {
  for (auto why : {ec::unavailable, ec::not_ready}) {
    session x{options_, *this, *this, 1, now_};
    auto first = connect_command(3, "key 42");
    no_key_ = ec::not_ready;
    x.on_command(first, now_);
    no_key_ = why;
    x.on_keys(now_);
    EXPECT_THAT(
      said(),
      ElementsAre("await keys", "failed 3 100 internal server error", "ready"));
  }
}

TEST_F(SessionIdentityTest, AKeyThatIsKnownToBeMissingInTimeIsNotWaitedFor) {
  no_key_ = ec::unavailable;
  connect("key 42");
  EXPECT_THAT(said(), ElementsAre("failed 1 100 internal server error"));
}

TEST_F(SessionIdentityTest, ATokenWithoutAKeyIsInvalidInTheEnd) {
  connect("key 42");
  keys(ec::unauthorized);
  EXPECT_THAT(said(), ElementsAre("await keys", "close 3500"));
}

TEST_F(SessionIdentityTest, ATokenMayTurnOutToBeExpired) {
  connect("key expired");
  keys();
  EXPECT_THAT(said(),
              ElementsAre("await keys", "failed 1 109 token expired", "ready"));
}

TEST_F(SessionIdentityTest, CommandsBehindAConnectThatWaitsKeepTheirOrder) {
  connect("key 42");
  rpc(2);
  give(rpc_command(3, "nope"));
  EXPECT_THAT(said(), ElementsAre("await keys"));
  keys();
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25", "edge of 42 at 0",
                                  "activity 1 of 42", "ready"));
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2", "failed 3 104 method not found"));
}

TEST_F(SessionIdentityTest, CommandsBehindARefusedConnectAreABadRequest) {
  connect("key expired");
  rpc(2);
  keys();
  EXPECT_THAT(said(), ElementsAre("await keys", "failed 1 109 token expired",
                                  "close 3501"));
}

TEST_F(SessionIdentityTest, TooManyCommandsBehindAConnectThatWaitsClose) {
  connect("key 42");
  for (std::uint32_t i = 0; i < 16; ++i)
    rpc(2 + i);
  EXPECT_THAT(said(), ElementsAre("await keys"));
  rpc(20);
  EXPECT_THAT(said(), ElementsAre("close 3013"));
  keys();
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionIdentityTest, KeepsWhatWaitsForAKeyAndSaysHowMuch) {
  auto token = "key " + std::string(1000, '4');
  connect(token);
  auto first = aut().kept();
  EXPECT_GE(first, token.size());
  rpc(2, std::string(500, 's'));
  give(rpc_command(3, std::string(2000, 'm')));
  EXPECT_GE(aut().kept(), first + 2500);
  EXPECT_LT(aut().kept(), first + 2500 + 1000); // and what two commands take
  keys();
  EXPECT_EQ(aut().kept(), 0u);
}

TEST_F(SessionIdentityTest, KeepsNothingOnceItIsClosed) {
  connect("key 42");
  EXPECT_GT(aut().kept(), 0u);
  aut().close(disconnect_code::shutdown, now_);
  EXPECT_EQ(aut().kept(), 0u);
}

// Its user is known, and it is one token at most.
TEST_F(SessionIdentityTest, ARefreshThatWaitsIsNotCounted) {
  connected("42:60");
  refresh(2, "key 42:90");
  EXPECT_EQ(aut().kept(), 0u);
}

TEST_F(SessionIdentityTest, AConnectThatWaitsBecomesStale) {
  connect("key 42");
  said();
  until(10s);
  EXPECT_THAT(said(), ElementsAre("close 3502"));
  keys();
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionIdentityTest, RefreshWaitsForItsKeyInItsPlace) {
  connected("42:60");
  refresh(2, "key 42:90");
  give(rpc_command(3, "nope"));
  rpc(4);
  EXPECT_FALSE(aut().busy());
  answer(2);
  EXPECT_THAT(said(), ElementsAre("await keys", "activity 2 of 42"));
  keys();
  EXPECT_THAT(said(), ElementsAre("refreshed 2 ttl 90",
                                  "failed 3 104 method not found", "rpc 4"));
}

TEST_F(SessionIdentityTest, RefreshWhoseKeyCannotBeHadIsATemporaryError) {
  connected("42:60");
  refresh(2, "key 42:90");
  keys(ec::unavailable);
  EXPECT_THAT(said(),
              ElementsAre("await keys", "failed 2 100 internal server error"));
  EXPECT_FALSE(aut().closed());
}

TEST_F(SessionIdentityTest, RefreshOfAnotherUserIsInvalidAlsoWhenItWaited) {
  connected("42:60");
  refresh(2, "key 43:90");
  keys();
  EXPECT_THAT(said(),
              ElementsAre("await keys", "edge of 42 at 0", "close 3500"));
}

TEST_F(SessionIdentityTest, OneRefreshWaitsAtATime) {
  connected("42:60");
  refresh(2, "key 42:90");
  refresh(3, "42:90");
  keys();
  EXPECT_THAT(said(), ElementsAre("await keys", "refreshed 2 ttl 90",
                                  "failed 3 111 too many requests"));
}

TEST_F(SessionIdentityTest, ARefreshThatWaitsTooLongFails) {
  connected("42:60");
  refresh(2, "key 42:90");
  until(4s);
  EXPECT_THAT(said(),
              ElementsAre("await keys", "failed 2 100 internal server error"));
}

// -- who it is without a token ------------------------------------------------

TEST_F(SessionIdentityTest, AProxyMaySayWhoItIs) {
  aut().trust("42");
  connect("");
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25", "edge of 42 at 0"));
  EXPECT_EQ(aut().user(), "42");
}

TEST_F(SessionIdentityTest, ATokenCountsMoreThanWhatAProxySays) {
  aut().trust("42");
  connect("43");
  EXPECT_EQ(aut().user(), "43");
}

TEST_F(SessionIdentityTest, AnonymousCountsMoreThanWhatAProxySays) {
  options_.anonymous = true;
  aut().trust("42");
  connect("");
  EXPECT_EQ(aut().user(), "");
}

TEST_F(SessionIdentityTest, WhatAProxySaysIsNoIdentityBeforeConnect) {
  aut().trust("42");
  rpc(1);
  EXPECT_THAT(said(), ElementsAre("close 3501"));
}

TEST_F(SessionIdentityTest, AnonymousTokensMayBeRefused) {
  connect("", 1);
  said();
  options_.disallow_anonymous_tokens = true;
  for (std::string token : {":60", "key "}) {
    session x{options_, *this, *this, 1, now_};
    no_key_.reset();
    auto first = connect_command(1, token);
    x.on_command(first, now_);
    EXPECT_THAT(said(), ElementsAre("close 3507")) << token;
  }
  session named{options_, *this, *this, 1, now_};
  auto first = connect_command(1, "42");
  named.on_command(first, now_);
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25", "edge of 42 at 0"));
}

} // namespace
} // namespace lastseen
