#include "actors/session.hpp"
#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionTimeTest : public test::session_fixture {
protected:
  SessionTimeTest() {
    options_.ping_interval = 20s;
    options_.pong_timeout = 8s;
    options_.expired_close_delay = 25s;
  }

  // Connects; returns when the first ping went out, in milliseconds.
  std::chrono::milliseconds first_ping() {
    connected();
    auto at =
      std::chrono::ceil<std::chrono::milliseconds>(aut().deadline() - start);
    until(at);
    EXPECT_THAT(said(), ElementsAre("ping"));
    return at;
  }
};

// -- before connect -----------------------------------------------------------

TEST_F(SessionTimeTest, ClientThatDoesNotConnectIsStale) {
  EXPECT_EQ(aut().deadline(), start + 10s);
  until(9999ms);
  EXPECT_THAT(said(), IsEmpty());
  until(10s);
  EXPECT_THAT(said(), ElementsAre("close 3502"));
  EXPECT_TRUE(aut().closed());
}

TEST_F(SessionTimeTest, ConnectedClientIsNotStale) {
  until(9s);
  connected();
  until(11s);
  EXPECT_THAT(said(), IsEmpty());
}

// -- ping and pong ------------------------------------------------------------

TEST_F(SessionTimeTest, FirstPingComesInTheSecondHalfOfTheInterval) {
  auto earliest = 20s;
  auto latest = 0s;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    session x{options_, *this, *this, seed, start};
    auto first = connect_command(1, "42");
    x.on_command(first, start);
    ASSERT_GE(x.deadline(), start + 10s);
    ASSERT_LT(x.deadline(), start + 20s);
    auto at = std::chrono::floor<std::chrono::seconds>(x.deadline() - start);
    earliest = std::min(earliest, at);
    latest = std::max(latest, at);
  }
  EXPECT_EQ(earliest, 10s);
  EXPECT_EQ(latest, 19s);
}

TEST_F(SessionTimeTest, PongIsAHeartbeatAndTheNextPingComesAnIntervalLater) {
  auto ping = first_ping();
  for (auto i = 0; i < 5; ++i) {
    now_ += 100ms * i;
    auto at = (now_ - start) / 1ms;
    pong();
    EXPECT_THAT(said(),
                ElementsAre("heartbeat of 42 at " + std::to_string(at)));
    ping += 20s;
    until(ping - 1ms);
    EXPECT_THAT(said(), IsEmpty());
    until(ping);
    EXPECT_THAT(said(), ElementsAre("ping"));
  }
}

TEST_F(SessionTimeTest, LatePingKeepsTheDistanceToTheNext) {
  connected();
  now_ = aut().deadline() + 50ms;
  auto ping = now_;
  aut().on_deadline(now_);
  now_ += 3s;
  pong();
  EXPECT_EQ(aut().deadline(), ping + 20s);
}

TEST_F(SessionTimeTest, CommandWithoutAnIdIsAPong) {
  first_ping();
  give(rpc_command(0, "update_user_status"));
  auto all = said();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].substr(0, 12), "heartbeat of");
}

TEST_F(SessionTimeTest, PongBeforeAnyPingIsABadRequest) {
  connected();
  pong();
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTimeTest, SecondPongIsABadRequest) {
  first_ping();
  pong();
  said();
  pong();
  EXPECT_EQ(said().back(), "close 3501");
}

TEST_F(SessionTimeTest, OtherCommandsAreNoPong) {
  auto ping = first_ping();
  rpc(2);
  answer(1);
  said();
  until(ping + 8s);
  EXPECT_EQ(said().back(), "close 3012");
}

TEST_F(SessionTimeTest, MissingPongClosesAndOnlineIsTheLastReceivedByte) {
  auto ping = first_ping();
  now_ = start + ping + 2s;
  aut().on_bytes(now_); // a frame that is not complete
  auto last = (now_ - start) / 1ms;
  until(ping + 8s - 1ms);
  EXPECT_THAT(said(), IsEmpty());
  until(ping + 8s);
  EXPECT_THAT(
    said(), ElementsAre("edge of 42 at " + std::to_string(last), "close 3012"));
  aut().on_closed(true, now_);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTimeTest, PongAtTheLastMomentCounts) {
  auto ping = first_ping();
  now_ = start + ping + 8s - 1ms;
  pong();
  said();
  until(ping + 19'999ms);
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_FALSE(aut().closed());
}

// -- expiry -------------------------------------------------------------------

TEST_F(SessionTimeTest, ConnectionClosesSomeTimeAfterItsTokenExpired) {
  options_.ping_interval = 1h;
  connected("42:60");
  until(84'999ms);
  EXPECT_THAT(said(), IsEmpty());
  until(85s);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 85000", "close 3005"));
}

TEST_F(SessionTimeTest, ExpiredClientThatSendsNoPongEitherClosesOnce) {
  connected("42:1");
  now_ = aut().deadline();
  aut().on_deadline(now_);
  now_ += 1min;
  aut().on_deadline(now_);
  aut().on_deadline(now_);
  EXPECT_EQ(said().size(), 3u); // a ping, the edge, the close
}

TEST_F(SessionTimeTest, RefreshMovesTheEnd) {
  options_.ping_interval = 1h;
  connected("42:60");
  until(80s);
  refresh(2, "42:60");
  said();
  until(164'999ms);
  EXPECT_THAT(said(), IsEmpty());
  until(165s);
  EXPECT_EQ(said().back(), "close 3005");
}

TEST_F(SessionTimeTest, RefreshMayEndTheExpiry) {
  options_.ping_interval = 1h;
  connected("42:60");
  refresh(2, "42");
  said();
  until(300s);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTimeTest, FailedRefreshLeavesTheEnd) {
  options_.ping_interval = 1h;
  connected("42:60");
  refresh(2, "42:0");
  said();
  until(85s);
  EXPECT_EQ(said().back(), "close 3005");
}

// -- the end ------------------------------------------------------------------

TEST_F(SessionTimeTest, OrderlyEndIsASignOfLife) {
  connected();
  until(3s);
  aut().on_closed(true, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 3000"));
  EXPECT_TRUE(aut().closed());
}

TEST_F(SessionTimeTest, LostConnectionEndedWithItsLastByte) {
  until(1s);
  connected();
  until(3s);
  aut().on_closed(false, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 1000"));
}

TEST_F(SessionTimeTest, EndIsToldOnce) {
  connected();
  aut().close(disconnect_code::shutdown, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3001"));
  aut().close(disconnect_code::slow, now_);
  aut().on_closed(true, now_);
  aut().on_closed(false, now_);
  aut().on_malformed(now_);
  aut().on_deadline(now_ + 1h);
  rpc(2);
  answer(1);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTimeTest, WriteErrorEndedWithTheLastByte) {
  connected();
  now_ += 7s;
  aut().close(disconnect_code::write_error, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3009"));
}

TEST_F(SessionTimeTest, SlowClientWasAliveUntilNow) {
  connected();
  now_ += 7s;
  aut().close(disconnect_code::slow, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 7000", "close 3008"));
}

TEST_F(SessionTimeTest, EndBeforeConnectTellsNobody) {
  aut().on_closed(true, now_);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTimeTest, EndOfARefusedClientTellsNobody) {
  connect("expired");
  said();
  aut().on_closed(true, now_);
  until(10s);
  EXPECT_THAT(said(), IsEmpty());
}

} // namespace
} // namespace lastseen
