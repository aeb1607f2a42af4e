#include "embedded/status_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// The file behind a status_table: opening it, refusing it, losing it.

namespace lastseen::embedded {
namespace {

constexpr stamp now = 1'627'107'289'123;
constexpr retention keep{};

class StatusFile : public testing::Test {
protected:
  status_table open() {
    return status_table::open(path_, keep).value();
  }

  void expect_refused(const std::string& path, std::string_view why) {
    auto table = status_table::open(path, keep);
    ASSERT_FALSE(table) << path;
    auto what = table.error().what;
    EXPECT_EQ(table.error().code, ec::bad_config);
    EXPECT_TRUE(
      what.starts_with("user_status.embedded.path: \"" + path + "\": "))
      << what;
    EXPECT_NE(what.find(why), std::string::npos) << what;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }

  record alice(status_table& table) {
    user_list users;
    users.add("alice");
    return table.read(users, now).value().records[0];
  }

  void make(const char* sql) {
    auto db = database::open(path_);
    ASSERT_TRUE(db) << db.error().what;
    auto done = db->execute(sql);
    ASSERT_TRUE(done) << done.error().what;
  }

  test::temporary_directory directory_;
  std::string path_ = directory_.path("lastseen.db");
  record update_{now, now, 0, now, "dnd"};
};

TEST_F(StatusFile, IsMadeAndFoundAgain) {
  {
    auto table = open();
    ASSERT_TRUE(table.write({{"alice", update_}}, now));
  }
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
  auto table = open();
  EXPECT_EQ(alice(table), update_);
}

TEST_F(StatusFile, MayBeEmptyBefore) {
  std::ofstream{path_}.flush();
  auto table = open();
  EXPECT_TRUE(table.write({{"alice", update_}}, now));
}

TEST_F(StatusFile, LogsAheadAndSyncsEachCommit) {
  auto table = open();
  auto& db = table.raw();
  EXPECT_EQ(
    db.integer("SELECT journal_mode = 'wal' FROM pragma_journal_mode").value(),
    1);
  EXPECT_EQ(db.integer("PRAGMA synchronous").value(), 2);
  EXPECT_EQ(
    db.integer("SELECT locking_mode = 'exclusive' FROM pragma_locking_mode")
      .value(),
    1);
}

TEST_F(StatusFile, KeepsWhatAProcessHadAcknowledgedWhenItDied) {
  auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto table = status_table::open(path_, keep);
    auto ok = table && table->write({{"alice", update_}}, now);
    // And a transaction that did not end.
    ok = ok && table->raw().execute("BEGIN; DELETE FROM user_status");
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  auto table = open();
  EXPECT_EQ(alice(table), update_);
}

TEST_F(StatusFile, BelongsToOneProcess) {
  auto table = open();
  auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto second = status_table::open(path_, keep);
    ::_exit(!second && second.error().code == ec::bad_config
                && second.error().what.ends_with("in use by another process")
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  // The first one goes on.
  EXPECT_TRUE(table.write({{"alice", update_}}, now));
}

TEST_F(StatusFile, BelongsToOneTableOfAProcess) {
  {
    auto table = open();
    expect_refused(path_, "in use by another process");
  }
  EXPECT_TRUE(status_table::open(path_, keep));
}

TEST_F(StatusFile, MayHaveANameLikeAUri) {
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  auto table = status_table::open("file:x?mode=memory", keep);
  std::filesystem::current_path(before);
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_TRUE(
    std::filesystem::is_regular_file(directory_.path("file:x?mode=memory")));
}

// -- refusals -----------------------------------------------------------------

TEST_F(StatusFile, MustHaveAName) {
  expect_refused("", "must not be empty");
}

TEST_F(StatusFile, MustNotBeADirectory) {
  expect_refused(directory_.path(), "unable to open");
}

TEST_F(StatusFile, MustBeInADirectoryThatExists) {
  expect_refused(directory_.path("no/such/lastseen.db"),
                 "unable to open database file (No such file or directory)");
}

TEST_F(StatusFile, MustBeADatabase) {
  std::ofstream{path_} << std::string(10'000, 'x');
  expect_refused(path_, "not a database");
  EXPECT_EQ(std::filesystem::file_size(path_), 10'000u);
}

TEST_F(StatusFile, MustBeWritable) {
  { auto table = open(); }
  using std::filesystem::perms;
  std::filesystem::permissions(directory_.path(), perms::all);
  std::filesystem::permissions(path_, static_cast<perms>(0444));
  auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Root may write everywhere.
    constexpr uid_t nobody = 65'534;
    auto ok = ::geteuid() != 0 || ::setuid(nobody) == 0;
    auto table = status_table::open(path_, keep);
    ok = ok && !table && table.error().code == ec::bad_config
         && table.error().what.ends_with("not allowed to write to it");
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StatusFile, MustNotBeOfAnotherProgram) {
  make("CREATE TABLE notes(text)");
  expect_refused(path_, "a database of another program");
  auto db = database::open(path_);
  ASSERT_TRUE(db);
  EXPECT_EQ(db->integer("SELECT count(*) FROM sqlite_schema").value(), 1);
}

TEST_F(StatusFile, MustNotCarryAnotherApplicationId) {
  make("PRAGMA application_id = 7");
  expect_refused(path_, "a database of another program");
}

TEST_F(StatusFile, MustNotCarryAVersionOfAnotherProgram) {
  make("PRAGMA user_version = 1");
  expect_refused(path_, "a database of another program");
}

TEST_F(StatusFile, MustNotBeOfANewerVersion) {
  { auto table = open(); }
  make("PRAGMA user_version = 2");
  expect_refused(path_, "schema 2, this one knows 1");
}

TEST_F(StatusFile, MustHaveItsTable) {
  { auto table = open(); }
  make("DROP TABLE user_status");
  expect_refused(path_, "no such table");
}

// -- errors of the disk -------------------------------------------------------

// Lets files of this process grow no further.
class no_more_bytes {
public:
  no_more_bytes() {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    auto tight = old_;
    tight.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }

  ~no_more_bytes() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

  no_more_bytes(const no_more_bytes&) = delete;
  no_more_bytes& operator=(const no_more_bytes&) = delete;

private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(StatusFile, BatchThatCannotBeWrittenIsRolledBack) {
  auto table = open();
  ASSERT_TRUE(table.write({{"alice", update_}}, now));
  auto later = now + 1'000;
  {
    no_more_bytes limit;
    for (auto i = 0; i < 3; ++i) {
      auto failed = table.write({{"alice", record{later, 0, 0, 0, ""}}}, later);
      ASSERT_FALSE(failed);
      EXPECT_EQ(failed.error().code, ec::unavailable);
      EXPECT_NE(failed.error().what.find("disk I/O error (SQLite code 778)"),
                std::string::npos)
        << failed.error().what;
    }
    // Reading still works.
    EXPECT_EQ(alice(table), update_);
  }
  auto report = table.write({{"alice", record{later, 0, 0, 0, ""}}}, later);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->changed, 1u);
  EXPECT_EQ(alice(table).active, later);
}

} // namespace
} // namespace lastseen::embedded
