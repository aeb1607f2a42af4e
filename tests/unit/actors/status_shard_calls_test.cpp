#include "tests/support/print_record.hpp"
#include "tests/support/shard_fixture.hpp"

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ShardCallsTest : public test::shard_fixture {
protected:
  static std::string why(const read_answer& x) {
    return x.records ? "" : x.records.error().what;
  }

  static std::string why(const write_answer& x) {
    return x.failure ? x.failure->what : "";
  }
};

// -- reads --------------------------------------------------------------------

TEST_F(ShardCallsTest, ReadIsAnsweredFromTheStore) {
  up(0);
  read(1, {"a", "b"}, 10);
  auto number = trip(10);
  ASSERT_NE(number, 0u);
  has_read(number, {record{5, 0, 0, 0, ""}, record{}}, 12);
  auto answers = reads(12);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].id, 1u);
  EXPECT_EQ(answers[0].shard, 5u);
  ASSERT_TRUE(answers[0].records);
  EXPECT_EQ((*answers[0].records)[0].active, 5);
}

TEST_F(ShardCallsTest, ReadSeesWhatIsPending) {
  up(0);
  act("a", 5);
  batch(5);
  act("b", 6);
  read(1, {"a", "b"}, 10);
  has_read(trip(10), {record{}, record{}}, 12);
  auto answers = reads(12);
  ASSERT_THAT(answers, SizeIs(1));
  ASSERT_TRUE(answers[0].records);
  EXPECT_EQ((*answers[0].records)[0].active, stamp_at(at(5)));
  EXPECT_EQ((*answers[0].records)[1].active, stamp_at(at(6)));
}

TEST_F(ShardCallsTest, ReadIsTriedAgainAfterAFailure) {
  up(0);
  read(1, {"a"}, 10);
  read_failed(trip(10), 10);
  EXPECT_THAT(reads(10), IsEmpty());
  EXPECT_EQ(trip(11), 0u);
  EXPECT_LE(aut_.next_wake(at(11)), at(30));
  auto again = trip(30);
  ASSERT_NE(again, 0u);
  has_read(again, {record{}}, 31);
  EXPECT_THAT(reads(31), SizeIs(1));
}

TEST_F(ShardCallsTest, ReadThatTheStoreRefusesFails) {
  up(0);
  read(1, {"a"}, 10);
  read_failed(trip(10), 10, ec::rejected);
  auto answers = reads(10);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis: MGET: injected");
}

TEST_F(ShardCallsTest, ReadsWaitForAShortOutage) {
  up(0);
  down(10);
  read(1, {"a"}, 20);
  EXPECT_THAT(reads(1009), IsEmpty());
  up(1009);
  EXPECT_NE(trip(1009), 0u);
}

TEST_F(ShardCallsTest, ReadsFailAtOnceWhenTheShardIsDown) {
  up(0);
  down(10, "redis: connect: refused");
  read(1, {"a"}, 20);
  EXPECT_EQ(aut_.next_wake(at(20)), at(1010));
  auto answers = reads(1010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis: connect: refused");
  down(1500, "redis: connect: timeout");
  read(2, {"a"}, 1600);
  answers = aut_.take_read_answers();
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].id, 2u);
  EXPECT_EQ(why(answers[0]), "redis: connect: timeout");
}

TEST_F(ShardCallsTest, ShardThatWasNeverUpIsDownToo) {
  read(1, {"a"}, 10);
  EXPECT_THAT(reads(999), IsEmpty());
  auto answers = reads(1000);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis 10.0.0.5:6379: not connected yet");
}

TEST_F(ShardCallsTest, ReadThatTheStoreDoesNotAnswerFailsInTime) {
  up(0);
  read(1, {"a"}, 10);
  auto number = trip(10);
  EXPECT_EQ(aut_.next_wake(at(10)), at(4010));
  EXPECT_THAT(reads(4009), IsEmpty());
  auto answers = reads(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis 10.0.0.5:6379: no answer within 4000 ms");
  has_read(number, {record{}}, 4011);
  EXPECT_THAT(reads(4011), IsEmpty());
}

TEST_F(ShardCallsTest, LateReadNamesTheFailureOfItsTrips) {
  up(0);
  read(1, {"a"}, 10);
  read_failed(trip(10), 10, ec::not_ready);
  auto answers = reads(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis: MGET: injected");
}

TEST_F(ShardCallsTest, ReadsDoNotWaitForWritesThatFail) {
  up(0);
  act("a", 10);
  for (auto t : {10, 1000, 2000, 3000}) {
    batch(t);
    write_failed(t, ec::not_ready);
  }
  read(1, {"b"}, 3001);
  auto number = trip(3001);
  ASSERT_NE(number, 0u);
  has_read(number, {record{}}, 3002);
  EXPECT_THAT(reads(3002), SizeIs(1));
  EXPECT_THAT(batch(3002), IsEmpty()); // its wait is not over
}

TEST_F(ShardCallsTest, TooManyReadsFailAtOnce) {
  up(0);
  user_list many;
  for (auto i = 0; i < 100'000; ++i)
    many.add(std::to_string(i));
  aut_.on_read({1, many}, at(10));
  read(2, {"a"}, 10);
  auto answers = aut_.take_read_answers();
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].id, 2u);
  EXPECT_EQ(answers[0].records.error().code, ec::overloaded);
  EXPECT_EQ(why(answers[0]),
            "redis 10.0.0.5:6379: too many users wait to be read");
}

TEST_F(ShardCallsTest, NewActorReadsWhatWasUnderWayAgain) {
  up(0);
  read(1, {"a"}, 10);
  auto lost = trip(10);
  aut_.on_restart(at(20));
  auto again = trip(20);
  ASSERT_NE(again, 0u);
  has_read(lost, {record{}}, 21);
  EXPECT_THAT(reads(21), IsEmpty());
  has_read(again, {record{}}, 22);
  EXPECT_THAT(reads(22), SizeIs(1));
}

// -- updates ------------------------------------------------------------------

TEST_F(ShardCallsTest, NobodyIsWokenForUpdatesThatHadTheirAnswer) {
  up(0);
  for (call_id id = 1; id <= 4; ++id) {
    auto t = static_cast<int>(id) * 1000;
    update(id, {"a"}, t);
    batch(t);
    written(t + 1);
    EXPECT_THAT(writes(t + 1), SizeIs(1));
    EXPECT_NE(aut_.next_wake(at(t + 1)), at(1000 + 4000));
  }
}

TEST_F(ShardCallsTest, UpdateIsAnsweredAfterItsLastUser) {
  up(0);
  update(1, {"a", "b", "c", "d", "e", "a"}, 10);
  EXPECT_THAT(batch(10), SizeIs(4));
  written(11);
  EXPECT_THAT(writes(11), IsEmpty());
  EXPECT_THAT(batch(15), ElementsAre("e"));
  written(16);
  auto answers = writes(16);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].id, 1u);
  EXPECT_EQ(answers[0].shard, 5u);
  EXPECT_FALSE(answers[0].failure);
}

TEST_F(ShardCallsTest, LateUpdateNamesTheCauseAndIsWrittenAfterwards) {
  up(0);
  down(5, "redis: connect: refused");
  update(1, {"a"}, 10);
  EXPECT_THAT(writes(4009), IsEmpty());
  auto answers = writes(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis: connect: refused");
  EXPECT_EQ(aut_.pending_users(), 1u);
  up(60'000);
  EXPECT_THAT(batch(60'000), ElementsAre("a"));
  written(60'001);
  EXPECT_EQ(aut_.pending_users(), 0u);
  EXPECT_THAT(writes(60'001), IsEmpty());
}

TEST_F(ShardCallsTest, UpdateThatASilentStoreHoldsFailsInTime) {
  up(0);
  update(1, {"a"}, 10);
  batch(10);
  EXPECT_EQ(aut_.next_wake(at(10)), at(4010));
  auto answers = writes(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis 10.0.0.5:6379: no answer within 4000 ms");
}

TEST_F(ShardCallsTest, LateUpdateNamesTheFailureOfItsBatches) {
  up(0);
  update(1, {"a"}, 10);
  batch(10);
  write_failed(11, ec::not_ready);
  auto answers = writes(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis: EVALSHA: injected");
  batch(5000);
  written(5001);
  update(2, {"a"}, 5010);
  batch(5010);
  answers = writes(9010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(why(answers[0]), "redis 10.0.0.5:6379: no answer within 4000 ms");
}

TEST_F(ShardCallsTest, UpdateOfTooManyUsersIsRefusedAsAWhole) {
  up(0);
  for (auto i = 0; i < 19; ++i)
    act(std::to_string(i).c_str(), 10);
  update(1, {"0", "1", "x", "y"}, 10);
  auto answers = writes(10);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].failure->code, ec::overloaded);
  EXPECT_EQ(why(answers[0]),
            "redis 10.0.0.5:6379: max_pending_users (20) reached");
  EXPECT_EQ(aut_.pending_users(), 19u);
  EXPECT_TRUE(act("x", 11));
  EXPECT_FALSE(act("y", 11));
  EXPECT_TRUE(act("0", 11));
  EXPECT_EQ(aut_.counters().refused, 5u);
}

// -- deletes ------------------------------------------------------------------

TEST_F(ShardCallsTest, DeleteIsAnsweredOnceTheClockIsPastIt) {
  up(0, 40ms);
  remove(1, {"a"}, 10);
  batch(10);
  EXPECT_EQ(batch_->at(0).update.deleted, stamp_at(at(51)));
  written(12);
  EXPECT_EQ(aut_.pending_users(), 0u);
  EXPECT_EQ(aut_.next_wake(at(12)), at(52));
  EXPECT_THAT(writes(51), IsEmpty());
  auto answers = writes(52);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_FALSE(answers[0].failure);
  EXPECT_THAT(writes(5000), IsEmpty());
}

TEST_F(ShardCallsTest, DeleteThatIsPastIsAnsweredAtOnce) {
  up(0, 40ms);
  remove(1, {"a"}, 10);
  batch(10);
  written(60);
  EXPECT_THAT(writes(60), SizeIs(1));
}

TEST_F(ShardCallsTest, DeleteOfManyUsersWaitsForTheLatestOfThem) {
  up(0, 400ms);
  remove(1, {"a", "b", "c", "d", "e"}, 10);
  EXPECT_THAT(batch(10), SizeIs(4));
  written(12, 2ms); // so that "e" gets an earlier stamp
  EXPECT_THAT(batch(15), ElementsAre("e"));
  written(100);
  EXPECT_THAT(writes(300), IsEmpty());
  EXPECT_THAT(writes(412), SizeIs(1));
}

// The server's clock was stepped back, which cuts the delete's time too.
TEST_F(ShardCallsTest, DeleteIsAnsweredInTimeWhateverTheClockDoes) {
  up(0);
  remove(1, {"a"}, 10);
  batch(10);
  write_report report;
  report.clock = look_at_shard(at(12));
  report.clock.server -= 3'600'000'000;
  aut_.on_written({number_, report}, at(12));
  EXPECT_THAT(writes(12), IsEmpty());
  auto answers = writes(4010);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_FALSE(answers[0].failure);
}

// -- copies -------------------------------------------------------------------

TEST_F(ShardCallsTest, SaysForWhichUsersACallWaits) {
  up(0);
  act("a", 1);
  update(1, {"b"}, 1);
  batch(1);
  EXPECT_FALSE(batch_->at(0).awaited);
  EXPECT_TRUE(batch_->at(1).awaited);
}

TEST_F(ShardCallsTest, WhoWaitsIsToldThatCopiesAreMissing) {
  up(0);
  act("a", 1);
  update(1, {"b"}, 1);
  batch(1);
  write_report report;
  report.clock = look_at_shard(at(2));
  report.unconfirmed = error{ec::not_ready, "redis: 0 of 1 replicas"};
  aut_.on_written({number_, report}, at(2));
  auto answers = writes(2);
  ASSERT_THAT(answers, SizeIs(1));
  ASSERT_TRUE(answers[0].failure);
  EXPECT_EQ(answers[0].failure->what, "redis: 0 of 1 replicas");
  EXPECT_EQ(aut_.pending_users(), 0u); // it is stored all the same
}

} // namespace
} // namespace lastseen
