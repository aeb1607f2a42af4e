#include "actors/session.hpp"
#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class SessionLimitsTest : public test::session_fixture {};

TEST_F(SessionLimitsTest, UpdatesOverTheRateAreATemporaryError) {
  options_.updates = {1, 2};
  connected();
  rpc(2);
  rpc(3);
  said();
  rpc(4);
  answer(1);
  answer(2);
  EXPECT_THAT(said(),
              ElementsAre("rpc 2", "rpc 3", "failed 4 111 too many requests"));
  now_ += 1s;
  rpc(5);
  EXPECT_THAT(said(), ElementsAre("activity 3 of 42"));
}

TEST_F(SessionLimitsTest, OtherCommandsDoNotCountAsUpdates) {
  options_.updates = {1, 1};
  connected();
  for (std::uint32_t i = 0; i < 5; ++i)
    give(rpc_command(2 + i, "nope"));
  said();
  rpc(9);
  EXPECT_THAT(said(), ElementsAre("activity 1 of 42"));
}

TEST_F(SessionLimitsTest, CommandsOfAnyKindHaveARate) {
  options_.commands = {1, 3};
  connected("42:60");
  give(rpc_command(2, "nope"));
  refresh(3, "42:60");
  give(make(4, command_kind::other));
  said();
  rpc(5);
  refresh(6, "42:60");
  give(rpc_command(7, "nope"));
  give(make(8, command_kind::other));
  EXPECT_THAT(said(), ElementsAre("failed 5 111 too many requests",
                                  "failed 6 111 too many requests",
                                  "failed 7 111 too many requests",
                                  "failed 8 111 too many requests"));
}

TEST_F(SessionLimitsTest, PongsHaveNoRate) {
  options_.commands = {1, 1};
  options_.ping_interval = 20ms;
  options_.pong_timeout = 10ms;
  connected();
  int pongs = 0;
  for (auto t = 1ms; t < 200ms; t += 1ms) {
    until(t);
    for (const auto& line : said())
      if (line == "ping") {
        pong();
        ++pongs;
      }
  }
  EXPECT_GE(pongs, 9);
  EXPECT_FALSE(aut().closed());
}

TEST_F(SessionLimitsTest, OverAThousandRefusalsInARowClose) {
  options_.updates = {1, 1};
  connected();
  rpc(2);
  for (std::uint32_t i = 0; i < 1000; ++i)
    rpc(3 + i);
  EXPECT_FALSE(aut().closed());
  said();
  rpc(2000);
  EXPECT_THAT(said(), ElementsAre("edge of 42 at 0", "close 3013"));
}

TEST_F(SessionLimitsTest, ACommandThatIsTakenEndsTheRow) {
  options_.updates = {1, 1};
  connected();
  rpc(2);
  for (std::uint32_t i = 0; i < 1000; ++i)
    rpc(3 + i);
  now_ += 1s;
  rpc(2000);
  for (std::uint32_t i = 0; i < 1000; ++i)
    rpc(2001 + i);
  EXPECT_FALSE(aut().closed());
}

TEST_F(SessionLimitsTest, ConnectionsOfAUserShareItsRates) {
  user_registry users{{.commands = {1, 3}, .updates = {1, 1}}};
  options_.users = &users;
  session other{options_, *this, *this, 2, now_};
  auto first = connect_command(1, "42");
  other.on_command(first, now_);
  connected();
  rpc(2);
  EXPECT_THAT(said(), ElementsAre("activity 1 of 42"));
  auto second = rpc_command(2, "update_user_status");
  other.on_command(second, now_);
  EXPECT_THAT(said(), ElementsAre("failed 2 111 too many requests"));
  auto third = rpc_command(3, "nope");
  other.on_command(third, now_);
  EXPECT_THAT(said(), ElementsAre("failed 3 104 method not found"));
  auto fourth = rpc_command(4, "nope");
  other.on_command(fourth, now_);
  EXPECT_THAT(said(), ElementsAre("failed 4 111 too many requests"));
  aut().on_closed(true, now_); // before the registry goes
}

TEST_F(SessionLimitsTest, OneConnectionTooManyOfAUserIsClosed) {
  user_registry users{{.connections = 1}};
  options_.users = &users;
  connected();
  {
    session other{options_, *this, *this, 2, now_};
    auto x = connect_command(1, "42");
    other.on_command(x, now_);
    EXPECT_THAT(said(), ElementsAre("close 3504"));
    EXPECT_TRUE(other.closed());
  }
  aut().on_closed(true, now_);
  said();
  session next{options_, *this, *this, 3, now_};
  auto x = connect_command(1, "42");
  next.on_command(x, now_);
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25", "edge of 42 at 0"));
}

TEST_F(SessionLimitsTest, AnonymousClientsAreNoUser) {
  user_registry users{{.connections = 1}};
  options_.users = &users;
  options_.anonymous = true;
  connected("");
  session other{options_, *this, *this, 2, now_};
  auto x = connect_command(1, "");
  other.on_command(x, now_);
  EXPECT_THAT(said(), ElementsAre("connected 1 ping 25"));
}

} // namespace
} // namespace lastseen
