#include "actors/session.hpp"
#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionTest : public test::session_fixture {};

// -- connect ------------------------------------------------------------------

TEST_F(SessionTest, ConnectIsAnsweredAndTheUserIsOnline) {
  connect("42", 7);
  EXPECT_THAT(said(), ElementsAre("connected 7 ping 25", "edge of 42 at 0"));
  EXPECT_EQ(version_, "lastseen test");
  EXPECT_EQ(client_.size(), 36u);
  EXPECT_EQ(aut().user(), "42");
}

TEST_F(SessionTest, ConnectSaysHowLongTheTokenIsGood) {
  connect("42:60");
  EXPECT_THAT(said(),
              ElementsAre("connected 1 ping 25 ttl 60", "edge of 42 at 0"));
}

TEST_F(SessionTest, PingIntervalIsSaidInWholeSecondsRoundedUp) {
  options_.ping_interval = 1500ms;
  options_.pong_timeout = 1s;
  connect();
  EXPECT_EQ(said().at(0), "connected 1 ping 2");
}

TEST_F(SessionTest, EachConnectionHasAnIdOfItsOwn) {
  connect();
  session other{options_, *this, *this, 2, now_};
  auto first = client_;
  auto x = connect_command(1, "42");
  other.on_command(x, now_);
  EXPECT_NE(client_, first);
}

TEST_F(SessionTest, ConnectNeedsAnId) {
  connect("42", 0);
  EXPECT_THAT(said(), ElementsAre("close 3501"));
}

TEST_F(SessionTest, SecondConnectIsABadRequest) {
  connected();
  connect("42", 2);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTest, AnyCommandBeforeConnectIsABadRequest) {
  for (auto kind :
       {command_kind::none, command_kind::rpc, command_kind::refresh,
        command_kind::send, command_kind::ping, command_kind::other})
    for (auto id : {0u, 1u}) {
      session x{options_, *this, *this, 1, now_};
      auto early = make(id, kind);
      early.token = "42";
      x.on_command(early, now_);
      EXPECT_THAT(said(), ElementsAre("close 3501"));
      EXPECT_TRUE(x.closed());
    }
}

TEST_F(SessionTest, InvalidTokenClosesForGood) {
  connect("invalid");
  EXPECT_THAT(said(), ElementsAre("close 3500"));
  EXPECT_TRUE(aut().closed());
}

TEST_F(SessionTest, ExpiredTokenIsAnErrorReplyAndTheClientShouldGo) {
  connect("expired");
  EXPECT_THAT(said(), ElementsAre("failed 1 109 token expired"));
  EXPECT_FALSE(aut().closed());
  until(4999ms);
  EXPECT_THAT(said(), IsEmpty());
  until(5s);
  EXPECT_THAT(said(), ElementsAre("drop"));
  EXPECT_TRUE(aut().closed());
}

TEST_F(SessionTest, ConnectionThatHasExpiredIsAnErrorReply) {
  connect("42:0");
  EXPECT_THAT(said(), ElementsAre("failed 1 110 expired"));
  until(5s);
  EXPECT_THAT(said(), ElementsAre("drop"));
}

TEST_F(SessionTest, RefusedClientMayNotGoOn) {
  connect("expired");
  said();
  connect("42", 2);
  EXPECT_THAT(said(), ElementsAre("close 3501"));
}

TEST_F(SessionTest, ConnectWithoutATokenIsABadRequest) {
  connect("");
  EXPECT_THAT(said(), ElementsAre("close 3501"));
}

TEST_F(SessionTest, ConnectWithoutATokenIsAnonymousWhereAllowed) {
  options_.anonymous = true;
  connect("");
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25"));
  EXPECT_EQ(aut().user(), "");
}

TEST_F(SessionTest, TokenIsCheckedWhereAnonymousIsAllowed) {
  options_.anonymous = true;
  connect("invalid");
  EXPECT_THAT(said(), ElementsAre("close 3500"));
}

TEST_F(SessionTest, AnonymousWritesNothing) {
  options_.anonymous = true;
  connected("");
  until(60s);
  for (auto& line : said())
    EXPECT_TRUE(line == "ping" || line == "close 3012") << line;
}

TEST_F(SessionTest, SwitchedOffWritesNothing) {
  options_.enabled = false;
  connect();
  aut().on_closed(true, now_);
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25"));
}

// -- commands -----------------------------------------------------------------

TEST_F(SessionTest, UpdateIsPassedOnAndAnswered) {
  connected();
  rpc(2);
  EXPECT_THAT(said(), ElementsAre("activity 1 of 42"));
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2"));
}

TEST_F(SessionTest, UpdateCarriesItsState) {
  connected();
  rpc(2, "dnd");
  rpc(3, "");
  EXPECT_THAT(said(), ElementsAre("activity 1 of 42 state 'dnd'",
                                  "activity 2 of 42 state ''"));
}

TEST_F(SessionTest, UpdateTheTableHasNoRoomForIsATemporaryError) {
  connected();
  rpc(2);
  said();
  answer(1, false);
  EXPECT_THAT(said(), ElementsAre("failed 2 100 internal server error"));
  EXPECT_TRUE(protocol::describe(protocol::error_code::internal).temporary);
}

TEST_F(SessionTest, UnknownMethodIsAnError) {
  connected();
  give(rpc_command(2, "nope"));
  give(3, command_kind::rpc);
  EXPECT_THAT(said(), ElementsAre("failed 2 104 method not found",
                                  "failed 3 104 method not found"));
}

TEST_F(SessionTest, AnonymousMayNotUpdate) {
  options_.anonymous = true;
  connected("");
  rpc(2);
  EXPECT_THAT(said(), ElementsAre("failed 2 103 permission denied"));
}

TEST_F(SessionTest, UpdateIsNotAvailableWhenSwitchedOff) {
  options_.enabled = false;
  connected();
  rpc(2);
  EXPECT_THAT(said(), ElementsAre("failed 2 108 not available"));
}

TEST_F(SessionTest, UpdateIsNotAvailableWhenDisabledForClients) {
  options_.client_updates = false;
  connected();
  rpc(2);
  EXPECT_THAT(said(), ElementsAre("failed 2 108 not available"));
  aut().on_closed(true, now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0"));
}

TEST_F(SessionTest, DataThatIsNoObjectIsABadRequest) {
  connected();
  auto x = rpc_command(2, "update_user_status");
  x.bad_data = true;
  give(x);
  EXPECT_THAT(said(), ElementsAre("failed 2 107 bad request: data: must be an "
                                  "object, its state a string"));
}

TEST_F(SessionTest, DataOfAnUnknownMethodDoesNotMatter) {
  connected();
  auto x = rpc_command(2, "nope");
  x.bad_data = true;
  give(x);
  EXPECT_THAT(said(), ElementsAre("failed 2 104 method not found"));
}

TEST_F(SessionTest, StateMayHave64Bytes) {
  connected();
  rpc(2, std::string(64, 'x'));
  EXPECT_EQ(said().size(), 1u);
  rpc(3, std::string(65, 'x'));
  EXPECT_THAT(said(), IsEmpty()); // waits behind the first reply
  answer(1);
  EXPECT_THAT(
    said(),
    ElementsAre("rpc 2", "failed 3 107 bad request: state: at most 64 bytes"));
}

TEST_F(SessionTest, StateMustMatchButMayAlwaysBeCleared) {
  options_.state_allowed = [](std::string_view x) { return x == "dnd"; };
  connected();
  rpc(2, "away");
  EXPECT_THAT(said(), ElementsAre("failed 2 107 bad request: state: does not "
                                  "match state_regex"));
  rpc(3, "dnd");
  rpc(4, "");
  rpc(5);
  EXPECT_EQ(said().size(), 3u);
}

TEST_F(SessionTest, OtherCommandsOfTheProtocolAreNotAvailable) {
  connected();
  give(2, command_kind::other);
  EXPECT_THAT(said(), ElementsAre("failed 2 108 not available"));
  EXPECT_FALSE(aut().closed());
}

TEST_F(SessionTest, SendCloses) {
  for (auto id : {0u, 2u}) {
    session x{options_, *this, *this, 1, now_};
    auto first = connect_command(1, "42");
    x.on_command(first, now_);
    said();
    auto sent = make(id, command_kind::send);
    x.on_command(sent, now_);
    EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3508"));
  }
}

TEST_F(SessionTest, PingWithAnIdIsABadRequest) {
  connected();
  give(2, command_kind::ping);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTest, CommandWithoutAKnownBodyIsABadRequest) {
  connected();
  give(2, command_kind::none);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTest, MalformedFrameIsABadRequest) {
  connected();
  aut().on_malformed(now_);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTest, MalformedFrameBeforeConnectIsABadRequest) {
  aut().on_malformed(now_);
  EXPECT_THAT(said(), ElementsAre("close 3501"));
}

// -- refresh ------------------------------------------------------------------

TEST_F(SessionTest, RefreshIsAnsweredWithTheNewTime) {
  connected("42:60");
  refresh(2, "42:90");
  refresh(3, "42");
  EXPECT_THAT(said(), ElementsAre("refreshed 2 ttl 90", "refreshed 3"));
}

TEST_F(SessionTest, RefreshWithAnExpiredTokenCloses) {
  connected("42:60");
  refresh(2, "expired");
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3005"));
}

TEST_F(SessionTest, RefreshWithAnInvalidTokenCloses) {
  connected("42:60");
  refresh(2, "invalid");
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3500"));
}

TEST_F(SessionTest, RefreshForAnotherUserCloses) {
  connected("42:60");
  refresh(2, "43:60");
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3500"));
}

TEST_F(SessionTest, RefreshWithoutATokenCloses) {
  connected("42:60");
  refresh(2, "");
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3501"));
}

TEST_F(SessionTest, RefreshWithAPassedTimeIsAnError) {
  connected("42:60");
  refresh(2, "42:0");
  EXPECT_THAT(said(), ElementsAre("failed 2 110 expired"));
}

} // namespace
} // namespace lastseen
