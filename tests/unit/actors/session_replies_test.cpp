#include "actors/session.hpp"
#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionRepliesTest : public test::session_fixture {
protected:
  SessionRepliesTest() {
    options_.ping_interval = 1h;
    options_.timeout = 4s;
  }
};

// -- order --------------------------------------------------------------------

TEST_F(SessionRepliesTest, RepliesKeepTheOrderOfTheirCommands) {
  connected();
  rpc(2);
  give(rpc_command(3, "nope"));
  refresh(4, "42:60");
  rpc(5);
  give(6, command_kind::other);
  EXPECT_THAT(said(), ElementsAre("activity 1 of 42", "activity 2 of 42"));
  answer(2);
  EXPECT_THAT(said(), IsEmpty());
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2", "failed 3 104 method not found",
                                  "refreshed 4 ttl 60", "rpc 5",
                                  "failed 6 108 not available"));
}

TEST_F(SessionRepliesTest, RepliesGoOutAsSoonAsTheyMay) {
  connected();
  rpc(2);
  give(3, command_kind::other);
  rpc(4);
  said();
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2", "failed 3 108 not available"));
  give(5, command_kind::other);
  EXPECT_THAT(said(), IsEmpty());
  answer(2);
  EXPECT_THAT(said(), ElementsAre("rpc 4", "failed 5 108 not available"));
  give(6, command_kind::other);
  EXPECT_THAT(said(), ElementsAre("failed 6 108 not available"));
}

TEST_F(SessionRepliesTest, AnswerThatNobodyWaitsForIsIgnored) {
  connected();
  answer(1);
  rpc(2);
  said();
  answer(7);
  EXPECT_THAT(said(), IsEmpty());
  answer(1);
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2"));
}

TEST_F(SessionRepliesTest, FirstAnswerCounts) {
  connected();
  rpc(2);
  rpc(3);
  said();
  answer(2);
  answer(2, false);
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 2", "rpc 3"));
}

TEST_F(SessionRepliesTest, PingDoesNotWaitForReplies) {
  options_.ping_interval = 3s;
  options_.pong_timeout = 2s;
  connected();
  rpc(2);
  said();
  until(3s);
  EXPECT_THAT(said(), ElementsAre("ping"));
}

// A client that always has some commands under way never lets the list of
// replies run empty.
TEST_F(SessionRepliesTest, EndlessPipelineIsAnsweredInOrder) {
  connected();
  std::uint32_t answered = 0;
  std::vector<std::string> replies;
  for (std::uint32_t sent = 1; sent <= 10'000; ++sent) {
    rpc(sent);
    if (sent > 5)
      answer(++answered);
    for (auto& line : said())
      if (line.substr(0, 3) == "rpc")
        replies.push_back(line);
  }
  ASSERT_EQ(replies.size(), answered);
  for (std::uint32_t i = 0; i < answered; ++i)
    ASSERT_EQ(replies[i], "rpc " + std::to_string(i + 1));
}

// -- time ---------------------------------------------------------------------

TEST_F(SessionRepliesTest, ActivityWithoutAnAnswerFailsInTime) {
  connected();
  now_ = start + 1s;
  rpc(2);
  EXPECT_EQ(aut().deadline(), start + 5s);
  said();
  until(4999ms);
  EXPECT_THAT(said(), IsEmpty());
  until(5s);
  EXPECT_THAT(said(), ElementsAre("failed 2 100 internal server error"));
  answer(1);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionRepliesTest, LateActivityLetsTheRepliesBehindItGo) {
  connected();
  rpc(2);
  give(3, command_kind::other);
  now_ = start + 1s;
  rpc(4);
  rpc(5);
  answer(3);
  said();
  until(4s);
  EXPECT_THAT(said(), ElementsAre("failed 2 100 internal server error",
                                  "failed 3 108 not available"));
  until(5s);
  EXPECT_THAT(said(),
              ElementsAre("failed 4 100 internal server error", "rpc 5"));
  EXPECT_FALSE(aut().closed());
}

TEST_F(SessionRepliesTest, ManyLateActivitiesFailTogether) {
  connected();
  for (std::uint32_t i = 0; i < 100; ++i)
    rpc(i + 1);
  said();
  until(4s);
  EXPECT_EQ(said().size(), 100u);
}

// -- busy ---------------------------------------------------------------------

TEST_F(SessionRepliesTest, IsBusyWhileTooManyCommandsWait) {
  connected();
  for (std::uint32_t i = 1; i < 1024; ++i)
    rpc(i);
  EXPECT_FALSE(aut().busy());
  rpc(1024);
  EXPECT_TRUE(aut().busy());
  said();
  answer(2);
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_TRUE(aut().busy());
  answer(1);
  EXPECT_THAT(said(), ElementsAre("rpc 1", "rpc 2", "ready"));
  EXPECT_FALSE(aut().busy());
  answer(3);
  EXPECT_THAT(said(), ElementsAre("rpc 3"));
}

TEST_F(SessionRepliesTest, IsReadyAgainWhenItsCommandsRunOutOfTime) {
  connected();
  for (std::uint32_t i = 1; i <= 1024; ++i)
    rpc(i);
  said();
  until(4s);
  auto all = said();
  EXPECT_EQ(all.size(), 1025u);
  EXPECT_EQ(std::count(all.begin(), all.end(), "ready"), 1);
  EXPECT_FALSE(aut().busy());
}

} // namespace
} // namespace lastseen
