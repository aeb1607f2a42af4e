#include "tests/support/session_fixture.hpp"

#include <memory>
#include <utility>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class SessionLiveness : public test::session_fixture {
protected:
  using lines = std::vector<std::string>;

  /// Connects; the first ping is due between half and one interval.
  void begin(liveness life) {
    aut().live_by(life);
    connected();
  }

  /// Another session, which has been asked to connect.
  std::unique_ptr<session> other(liveness life, std::string token = "42") {
    auto x = std::make_unique<session>(options_, *this, *this, 1, now_);
    x->live_by(life);
    auto connect = connect_command(1, std::move(token));
    x->on_command(connect, now_);
    return x;
  }

  void wait_for_ping() {
    while (said_.empty())
      step();
  }

  void step() {
    now_ += 100ms;
    if (now_ >= aut().deadline())
      aut().on_deadline(now_);
    auto more = said();
    said_.insert(said_.end(), more.begin(), more.end());
  }

  lines said_;
};

TEST_F(SessionLiveness, AnswersPingsOfV1AndTakesThemAsLife) {
  begin(liveness::client_ping);
  for (auto i = 1; i < 20; ++i) {
    until(i * 20s);
    give(7, command_kind::ping);
    EXPECT_EQ(said(), (lines{"pinged 7", "heartbeat of 42 at "
                                           + std::to_string(i * 20'000)}));
  }
}

TEST_F(SessionLiveness, ClosesV1WithoutAPingOrPongForAnIntervalAndTheTimeout) {
  begin(liveness::client_ping);
  until(12s);
  give(7, command_kind::ping);
  said();
  until(12s + 25s + 8s - 300ms);
  EXPECT_THAT(said(), ElementsAre("ping"));
  until(12s + 25s + 8s + 300ms);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 12000", "close 3012"));
}

TEST_F(SessionLiveness, LivesByPongFrames) {
  begin(liveness::frame_pong);
  wait_for_ping();
  EXPECT_THAT(said_, ElementsAre("ping"));
  aut().on_frame_pong(now_);
  auto at = (now_ - start) / 1ms;
  EXPECT_EQ(said(), lines{"heartbeat of 42 at " + std::to_string(at)});
}

TEST_F(SessionLiveness, PassesOnOneSignOfLifeASecond) {
  for (auto life : {liveness::frame_pong, liveness::client_ping}) {
    auto x = other(life);
    said();
    for (auto i = 0; i < 10'000; ++i) {
      now_ += 200us;
      x->on_frame_pong(now_);
    }
    EXPECT_LE(said().size(), 3u);
    now_ += 1s;
    x->on_frame_pong(now_);
    EXPECT_EQ(said().size(), 1u);
  }
}

TEST_F(SessionLiveness, TellsOfPingsOnlyWhereTheProtocolHasThem) {
  for (auto life : {liveness::frame_pong, liveness::client_ping}) {
    auto x = other(life);
    EXPECT_EQ(said()[0], "connected 1 ping 0");
  }
  auto x = other(liveness::delivery);
  EXPECT_EQ(said()[0], "connected 1 ping 25");
}

TEST_F(SessionLiveness, RefusesPongsAndPingsOfAnotherProtocol) {
  for (auto life : {liveness::frame_pong, liveness::client_ping}) {
    auto x = other(life);
    said();
    command pong;
    x->on_command(pong, now_);
    EXPECT_EQ(said().back(), "close 3501");
  }
  begin(liveness::pong);
  give(3, command_kind::ping);
  EXPECT_EQ(said().back(), "close 3501");
}

TEST_F(SessionLiveness, TakesAnAcknowledgedPingAsLife) {
  begin(liveness::delivery);
  delivered_ = false;
  wait_for_ping();
  auto pinged = (now_ - start) / 1ms;
  EXPECT_THAT(said_, ElementsAre("ping"));
  said_.clear();
  for (auto i = 0; i < 30; ++i)
    step();
  EXPECT_TRUE(said_.empty());
  delivered_ = true;
  for (auto i = 0; i < 11; ++i)
    step();
  EXPECT_EQ(said_, lines{"heartbeat of 42 at " + std::to_string(pinged)});
}

TEST_F(SessionLiveness, ClosesWhenAPingIsNotAcknowledged) {
  begin(liveness::delivery);
  delivered_ = false;
  wait_for_ping();
  said_.clear();
  for (auto i = 0; i < 85; ++i)
    step();
  EXPECT_THAT(said_, ElementsAre("edge of 42 at 0", "close 3012"));
}

TEST_F(SessionLiveness, TellsAUnidirectionalClientByAClose) {
  auto closed_with = [this](std::string token) {
    auto x = other(liveness::delivery, std::move(token));
    EXPECT_TRUE(x->closed());
    return said();
  };
  EXPECT_THAT(closed_with("expired"), ElementsAre("close 3005"));
  EXPECT_THAT(closed_with("42:0"), ElementsAre("close 3005"));
  EXPECT_THAT(closed_with("invalid"), ElementsAre("close 3500"));
  EXPECT_THAT(closed_with(""), ElementsAre("close 3501"));
}

} // namespace
} // namespace lastseen
