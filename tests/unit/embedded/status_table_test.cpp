#include "embedded/status_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace lastseen::embedded {
namespace {

using std::chrono::milliseconds;

constexpr stamp now = 1'627'107'289'123;
constexpr stamp expire = 10'000;
constexpr stamp guard = 1'000;
constexpr retention keep{milliseconds{expire}, milliseconds{guard}};

record active_at(stamp t) {
  return record{t, 0, 0, 0, ""};
}

record deleted_at(stamp t) {
  return record{0, 0, t, 0, ""};
}

status_table open_memory() {
  return std::move(status_table::open(":memory:", keep).value());
}

write_report write(status_table& table, const std::string& user,
                   const record& update, stamp t = now) {
  auto report = table.write({{user, update}}, t);
  if (report)
    return *report;
  ADD_FAILURE() << report.error().what;
  return {};
}

record read(status_table& table, const std::string& user, stamp t = now) {
  user_list users;
  users.add(user);
  auto report = table.read(users, t);
  if (report && report->records.size() == 1)
    return report->records[0];
  ADD_FAILURE() << (report ? "not one record" : report.error().what);
  return {};
}

std::size_t rows(status_table& table) {
  return table.size().value();
}

TEST(StatusTable, IsEmptyAtFirst) {
  auto table = open_memory();
  EXPECT_EQ(rows(table), 0u);
  EXPECT_EQ(read(table, "alice"), record{});
}

TEST(StatusTable, MergesIntoWhatIsStored) {
  auto table = open_memory();
  write(table, "alice", record{now - 5, 0, 0, now - 5, "dnd"});
  EXPECT_EQ(write(table, "alice", record{now - 9, now, 0, 0, ""}).changed, 1u);
  EXPECT_EQ(read(table, "alice"), (record{now - 5, now, 0, now - 5, "dnd"}));
  EXPECT_EQ(rows(table), 1u);
}

TEST(StatusTable, WritesNothingWhereNothingChanges) {
  auto table = open_memory();
  write(table, "alice", active_at(now));
  auto before = table.raw().integer("SELECT total_changes()").value();
  EXPECT_EQ(write(table, "alice", active_at(now)).changed, 0u);
  EXPECT_EQ(write(table, "bob", record{}).changed, 0u);
  EXPECT_EQ(table.raw().integer("SELECT total_changes()").value(), before);
}

TEST(StatusTable, KeepsTheDocumentedForm) {
  auto table = open_memory();
  write(table, "alice", record{now, 0, 0, now, "dnd"});
  EXPECT_EQ(table.raw()
              .integer("SELECT count(*) FROM user_status"
                       " WHERE user = CAST('alice' AS BLOB) AND value ="
                       " CAST('16271072891230000000000000:1627107289123dnd'"
                       " AS BLOB) AND expires_at = 1627107299123")
              .value(),
            1);
}

TEST(StatusTable, RemovesTheRowOfADeleteThatIsForgottenAtOnce) {
  auto table = open_memory();
  write(table, "alice", active_at(now - 2 * guard), now - 2 * guard);
  EXPECT_EQ(write(table, "alice", deleted_at(now - guard)).changed, 1u);
  EXPECT_EQ(rows(table), 0u);
}

// -- expiry -------------------------------------------------------------------

TEST(StatusTableExpiry, RowIsInvisibleFromTheMillisecondOn) {
  auto table = open_memory();
  write(table, "alice", active_at(now));
  EXPECT_EQ(read(table, "alice", now + expire - 1), active_at(now));
  EXPECT_EQ(read(table, "alice", now + expire), record{});
  EXPECT_EQ(rows(table), 1u);
}

TEST(StatusTableExpiry, RowOfADeleteIsInvisibleAfterTheGuard) {
  auto table = open_memory();
  write(table, "alice", deleted_at(now));
  EXPECT_EQ(read(table, "alice", now + guard - 1), deleted_at(now));
  EXPECT_EQ(read(table, "alice", now + guard), record{});
}

TEST(StatusTableExpiry, ExpiredRowDoesNotMerge) {
  auto table = open_memory();
  write(table, "alice", record{now, now, 0, now, "dnd"});
  auto later = now + expire;
  EXPECT_EQ(write(table, "alice", active_at(later), later).changed, 1u);
  EXPECT_EQ(read(table, "alice", later), active_at(later));
}

TEST(StatusTableExpiry, ExpiredRowDoesNotLetAnOldUpdateIn) {
  auto table = open_memory();
  write(table, "alice", active_at(now));
  auto later = now + expire;
  auto report = write(table, "alice", active_at(later - guard), later);
  EXPECT_EQ(report.guarded, 1u);
  EXPECT_EQ(report.changed, 0u);
}

TEST(StatusTableSweep, WalksThroughAllRowsStepByStep) {
  auto table = open_memory();
  std::vector<status_write> batch;
  for (auto i = 0; i < 25; ++i)
    batch.push_back({std::to_string(i), active_at(now)});
  ASSERT_TRUE(table.write(batch, now));
  auto later = now + expire;
  EXPECT_EQ(table.sweep(later, 10).value(), 10u);
  EXPECT_EQ(rows(table), 15u);
  EXPECT_EQ(table.sweep(later, 10).value(), 10u);
  EXPECT_EQ(table.sweep(later, 10).value(), 5u);
  EXPECT_EQ(rows(table), 0u);
  EXPECT_EQ(table.sweep(later, 10).value(), 0u);
}

TEST(StatusTableSweep, RemovesOnlyWhatExpired) {
  auto table = open_memory();
  write(table, "old", active_at(now - 5));
  write(table, "new", active_at(now));
  write(table, "revived", active_at(now - 5));
  write(table, "revived", active_at(now));
  EXPECT_EQ(table.sweep(now + expire - 6, 10).value(), 0u);
  EXPECT_EQ(table.sweep(now + expire - 5, 10).value(), 1u);
  EXPECT_EQ(rows(table), 2u);
  EXPECT_EQ(read(table, "new"), active_at(now));
  EXPECT_EQ(read(table, "revived"), active_at(now));
}

TEST(StatusTableSweep, BeginsAgainAfterTheLastRow) {
  auto table = open_memory();
  for (auto user : {"a", "b", "c", "d", "\xff"})
    write(table, user, active_at(now));
  // Two full steps, and one that meets the end.
  for (auto i = 0; i < 3; ++i)
    EXPECT_EQ(table.sweep(now, 2).value(), 0u);
  auto later = now + expire;
  EXPECT_EQ(table.sweep(later, 2).value(), 2u);
  EXPECT_EQ(table.sweep(later, 2).value(), 2u);
  EXPECT_EQ(table.sweep(later, 2).value(), 1u);
  EXPECT_EQ(rows(table), 0u);
}

TEST(StatusTableSweep, FindsRowsThatCameBehindIt) {
  auto table = open_memory();
  for (auto user : {"m", "n", "o"})
    write(table, user, active_at(now));
  EXPECT_EQ(table.sweep(now, 2).value(), 0u);
  write(table, "a", active_at(now - 5));
  auto then = now + expire - 5;
  EXPECT_EQ(table.sweep(then, 2).value(), 0u);
  EXPECT_EQ(table.sweep(then, 2).value(), 1u);
}

// -- foreign values -----------------------------------------------------------

TEST(StatusTableValues, OneThatDoesNotParseCountsAsAbsent) {
  auto table = open_memory();
  write(table, "alice", active_at(now));
  write(table, "bob", active_at(now));
  for (auto value : {"x'00'", "x''", "CAST('hello' AS BLOB)"}) {
    auto sql = std::string{"UPDATE user_status SET value = "} + value;
    ASSERT_TRUE(table.raw().execute(sql.c_str()));
    user_list users;
    for (auto user : {"alice", "nobody", "bob"})
      users.add(user);
    auto found = table.read(users, now);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->records, std::vector<record>(3));
    EXPECT_EQ(found->unparsable, 2u);
  }
}

TEST(StatusTableValues, OneThatDoesNotParseIsOverwritten) {
  auto table = open_memory();
  write(table, "alice", active_at(now));
  ASSERT_TRUE(table.raw().execute("UPDATE user_status SET value = x'00'"));
  auto report = write(table, "alice", active_at(now - 5));
  EXPECT_EQ(report.unparsable, 1u);
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(read(table, "alice"), active_at(now - 5));
}

// -- failures -----------------------------------------------------------------

std::vector<status_write> large_batch(stamp t) {
  std::vector<status_write> out;
  for (auto i = 0; i < 2'000; ++i)
    out.push_back({std::string(200, 'u') + std::to_string(i), active_at(t)});
  return out;
}

TEST(StatusTableFull, RollsTheBatchBackAndGoesOn) {
  auto table = open_memory();
  write(table, "alice", active_at(now - 5));
  ASSERT_TRUE(table.raw().execute("PRAGMA max_page_count = 20"));
  auto batch = large_batch(now);
  batch.insert(batch.begin(), {"alice", active_at(now)});
  auto failed = table.write(batch, now);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ec::not_ready);
  EXPECT_NE(failed.error().what.find("full"), std::string::npos);
  EXPECT_EQ(rows(table), 1u);
  EXPECT_EQ(read(table, "alice"), active_at(now - 5));
  // What fits goes in, and all of it once there is room.
  write(table, "bob", active_at(now));
  ASSERT_TRUE(table.raw().execute("PRAGMA max_page_count = 100000"));
  auto report = table.write(batch, now);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->changed, batch.size());
}

TEST(StatusTableFull, ReportsACorruptFile) {
  test::temporary_directory directory;
  auto path = directory.path("lastseen.db");
  {
    auto table = std::move(status_table::open(path, keep).value());
    ASSERT_TRUE(table.write(large_batch(now), now));
  }
  auto size = std::filesystem::file_size(path);
  {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    for (std::size_t at = 5 * 4096; at + 4096 <= size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(64, '\xee');
    }
  }
  auto table = status_table::open(path, keep);
  ASSERT_TRUE(table) << table.error().what;
  user_list users;
  for (auto& x : large_batch(now))
    users.add(x.user);
  auto found = table->read(users, now);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ec::unavailable);
  EXPECT_NE(found.error().what.find("malformed"), std::string::npos)
    << found.error().what;
}

} // namespace
} // namespace lastseen::embedded
