#include "actors/pending_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/shard_time.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

constexpr retention keep{10min, 1min};

class OverlayTest : public testing::Test {
protected:
  OverlayTest() {
    clock_.add(look_at_shard(start, 3ms));
  }

  record over(record stored, local_time now) const {
    table_.overlay("u", stored, clock_, now, keep);
    return stored;
  }

  pending_table table_{{}};
  clock_estimate clock_;
};

TEST_F(OverlayTest, UnknownUserIsLeftAsItIs) {
  record stored{1, 2, 3, 4, "dnd"};
  EXPECT_EQ(over(stored, start), stored);
}

TEST_F(OverlayTest, WrittenUserIsLeftAsItIs) {
  table_.merge_client("u", {.active = true}, start, start);
  table_.take(clock_, start);
  table_.acknowledge(start);
  EXPECT_EQ(over({}, start + 1ms), record{});
}

TEST_F(OverlayTest, ShowsWhatIsHeldReadyAndInFlight) {
  table_.merge_client("u", {.active = true}, start, start);
  EXPECT_EQ(over({}, start + 1ms).active, stamp_at(start));
  table_.take(clock_, start);
  EXPECT_EQ(over({}, start + 1ms).active, stamp_at(start));
  table_.merge_client("u", {.online = true}, start + 2ms, start + 2ms);
  record both{stamp_at(start), stamp_at(start + 2ms), 0, 0, ""};
  EXPECT_EQ(over({}, start + 3ms), both);
  table_.acknowledge(start + 3ms);
  EXPECT_EQ(table_.ready(), 0u); // held
  EXPECT_EQ(over({}, start + 3ms).online, stamp_at(start + 2ms));
}

TEST_F(OverlayTest, DeleteHidesWhatIsStored) {
  table_.merge_call("u", {.deleted = true}, 1, start, start);
  auto now = stamp_at(start);
  auto seen = over({now - 5, now - 7, 0, now - 9, "dnd"}, start + 1ms);
  EXPECT_EQ(newest(seen), 0);
  EXPECT_EQ(seen.state, "");
}

TEST_F(OverlayTest, LaterOfTwoStatesWithinAMillisecondShows) {
  table_.merge_client("u", {.state = "z"}, start, start);
  table_.take(clock_, start);
  table_.merge_client("u", {.state = "a"}, start + 1us, start + 1us);
  EXPECT_EQ(over({}, start + 1ms).state, "a");
}

// The table against its definition: all that is not acknowledged, stamped and
// joined, then merged over the stored record as the store would.
TEST_F(OverlayTest, IsTheMergeOfTheStoreOnAllThatIsPending) {
  std::mt19937 random{3};
  auto random_stamp = [&](local_time now) -> stamp {
    return random() % 3 == 0
             ? 0
             : stamp_at(now) + 5 - static_cast<stamp>(random() % 900'000);
  };
  for (auto round = 0; round < 500; ++round) {
    pending_table table{{}};
    record sent;
    record waiting;
    auto now = start;
    for (auto i = 0; i < 40; ++i) {
      now += 1ms + std::chrono::milliseconds{random() % 20'000};
      status_event event;
      record stamped;
      switch (random() % 8) {
        case 0:
          event.deleted = true;
          stamped.deleted = clock_.latest(now);
          break;
        case 1:
        case 2:
          event.state = random() % 2 == 0 ? "" : "dnd";
          stamped.changed = clock_.earliest(now);
          stamped.state = *event.state;
          break;
        case 3:
          event.online = true;
          stamped.online = clock_.earliest(now);
          break;
        case 4:
          if (!table.in_flight() && table.ready() != 0) {
            table.take(clock_, now);
            join(sent, waiting);
            waiting = {};
          }
          continue;
        case 5:
          if (table.in_flight()) {
            table.acknowledge(now);
            sent = {};
          }
          continue;
        case 6:
          if (table.in_flight())
            table.restore();
          continue;
        default:
          event.active = true;
          stamped.active = clock_.earliest(now);
      }
      table.merge_call("u", event, 1, now, now);
      join(waiting, stamped);

      auto later = now + std::chrono::milliseconds{random() % 120'000};
      std::optional<record> stored;
      if (random() % 4 != 0) {
        stored.emplace();
        join(*stored, {random_stamp(now), random_stamp(now), random_stamp(now),
                       random_stamp(now), ""});
        if (stored->changed != 0)
          stored->state = "away";
        if (*stored == record{})
          stored.reset();
      }
      auto pending = sent;
      join(pending, waiting);
      auto wanted = merge(stored, pending, clock_.latest(later), keep).value;
      auto seen = stored.value_or(record{});
      table.overlay("u", seen, clock_, later, keep);
      ASSERT_EQ(seen, wanted) << encode(pending);
    }
  }
}

} // namespace
} // namespace lastseen
