#include "tests/support/print_record.hpp"
#include "tests/support/shard_fixture.hpp"

namespace lastseen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A store on several servers, some of which are away.
class ShardPartialTest : public test::shard_fixture {
protected:
  /// The batch in flight is stored but for the users at these positions.
  void written_but(std::vector<std::uint32_t> failed, int t,
                   ec code = ec::unavailable) {
    write_report report;
    report.clock = look_at_shard(at(t));
    report.failed = std::move(failed);
    report.cause = {code, "redis 10.0.0.6:6379: gone"};
    aut_.on_written({number_, report}, at(t));
  }

  /// Has `users` users set aside at about `t`.
  void set_aside(int users, int t) {
    for (int i = 0; i < users; ++i)
      act(("away" + std::to_string(i)).c_str(), t);
    while (aut_.pending_users() != 0) {
      auto n = batch(t).size();
      if (n == 0)
        break;
      std::vector<std::uint32_t> all(n);
      for (std::uint32_t i = 0; i < n; ++i)
        all[i] = i;
      written_but(all, t);
      t += 5;
    }
  }
};

TEST_F(ShardPartialTest, TheOthersAreAcknowledged) {
  up(0);
  update(1, {"a"}, 10);
  update(2, {"b"}, 10);
  EXPECT_THAT(batch(10), ElementsAre("a", "b"));
  written_but({0}, 11);
  auto answers = writes(11);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].id, 2u);
  EXPECT_FALSE(answers[0].failure);
  EXPECT_EQ(aut_.pending_users(), 1u);
}

TEST_F(ShardPartialTest, ThoseLeftOutTryAgainWithTheirStamps) {
  up(0);
  act("a", 10);
  batch(10);
  auto first = batch_->at(0).update;
  written_but({0}, 11);
  EXPECT_THAT(batch(12), IsEmpty());
  auto next = aut_.next_wake(at(12));
  ASSERT_TRUE(next);
  EXPECT_LE(*next, at(31));
  EXPECT_THAT(batch(31), ElementsAre("a"));
  EXPECT_EQ(batch_->at(0).update, first);
  written(32);
  EXPECT_EQ(aut_.pending_users(), 0u);
}

TEST_F(ShardPartialTest, NewValuesMergeWhileAside) {
  up(0);
  act("a", 10);
  batch(10);
  written_but({0}, 11);
  act("a", 20);
  EXPECT_THAT(batch(31), ElementsAre("a"));
  EXPECT_EQ(batch_->at(0).update.active, stamp_at(at(20)));
}

TEST_F(ShardPartialTest, NewUsersDoNotWaitBehindThem) {
  up(0);
  set_aside(16, 10);
  act("a", 50);
  auto users = batch(50);
  EXPECT_THAT(users, testing::Contains("a"));
}

TEST_F(ShardPartialTest, CallThatIsLateNamesThePartThatIsAway) {
  up(0);
  update(1, {"a"}, 10);
  batch(10);
  written_but({0}, 11);
  auto answers = writes(4'010);
  ASSERT_THAT(answers, SizeIs(1));
  ASSERT_TRUE(answers[0].failure);
  EXPECT_EQ(answers[0].failure->what, "redis 10.0.0.6:6379: gone");
  EXPECT_EQ(aut_.pending_users(), 1u);
}

TEST_F(ShardPartialTest, TriesGrowRareButNotRarerThanHalfASecond) {
  up(0);
  act("a", 10);
  batch(10);
  written_but({0}, 10);
  int tries = 0;
  for (int t = 11; t <= 10'010; ++t) {
    if (batch(t).empty())
      continue;
    written_but({0}, t);
    ++tries;
  }
  EXPECT_GE(tries, 20);
  EXPECT_LE(tries, 50);
}

TEST_F(ShardPartialTest, AllComeBackOnceOneIsStored) {
  up(0);
  set_aside(20, 10);
  ASSERT_EQ(aut_.pending_users(), 20u);
  int t = 2'000;
  for (; aut_.pending_users() != 0 && t < 2'200; ++t)
    if (!batch(t).empty())
      written(t);
  EXPECT_LE(t, 2'100);
}

TEST_F(ShardPartialTest, RefusedUserIsDroppedAndItsCallTold) {
  up(0);
  update(1, {"a"}, 10);
  update(2, {"b"}, 10);
  batch(10);
  written_but({1}, 11, ec::rejected);
  auto answers = writes(11);
  ASSERT_THAT(answers, SizeIs(2));
  for (const auto& x : answers)
    EXPECT_EQ(x.failure.has_value(), x.id == 2);
  EXPECT_EQ(aut_.pending_users(), 0u);
  EXPECT_EQ(aut_.counters().rejected, 1u);
}

TEST_F(ShardPartialTest, DrainTriesThemOnce) {
  up(0);
  act("a", 10);
  batch(10);
  written_but({0}, 10);
  aut_.drain();
  EXPECT_THAT(batch(11), ElementsAre("a"));
  written_but({0}, 11);
  EXPECT_THAT(batch(12), IsEmpty());
}

} // namespace
} // namespace lastseen
