#include "tests/support/captured_log.hpp"
#include "tests/support/read_file.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace lastseen {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::MatchesRegex;

/// No file may become larger, as if the disk was full.
class full_disk {
public:
  explicit full_disk(rlim_t size) {
    getrlimit(RLIMIT_FSIZE, &former_);
    rlimit limit{size, former_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~full_disk() {
    setrlimit(RLIMIT_FSIZE, &former_);
    signal(SIGXFSZ, former_action_);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

private:
  rlimit former_{};
  void (*former_action_)(int) = signal(SIGXFSZ, SIG_IGN);
};

class LogFile : public testing::Test {
protected:
  ~LogFile() override {
    umask(former_umask_);
  }

  static void log(std::string_view what) {
    log_event(log_level::info, what);
  }

  std::string logged(const std::function<void()>& f) {
    return test::captured_log({.file = path_}, f);
  }

  test::temporary_directory dir_;
  std::string path_ = dir_.path("lastseen.log");
  std::string moved_ = dir_.path("lastseen.log.1");
  mode_t former_umask_ = umask(022);
};

TEST_F(LogFile, HasTheLinesInsteadOfTheStandardOutput) {
  EXPECT_EQ(logged([] { log("one"); }), "");
  EXPECT_THAT(test::read_file(path_), EndsWith("Z level=info msg=one\n"));
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms{0640});
}

TEST_F(LogFile, IsAppendedTo) {
  std::ofstream{path_} << "before\n";
  logged([] { log("one"); });
  EXPECT_TRUE(test::read_file(path_).starts_with("before\ntime="))
    << test::read_file(path_);
}

TEST_F(LogFile, IsOpenedAnewWhereItWas) {
  logged([this] {
    log("one");
    fs::rename(path_, moved_);
    log("two");
    EXPECT_TRUE(reopen_log());
    log("three");
  });
  EXPECT_THAT(test::read_file(moved_), EndsWith("msg=two\n"));
  EXPECT_TRUE(test::read_file(path_).starts_with("time="))
    << test::read_file(path_);
  EXPECT_THAT(test::read_file(path_), EndsWith("msg=three\n"));
}

TEST_F(LogFile, StaysOpenWhenItCannotBeOpenedAnew) {
  logged([this] {
    log("one");
    fs::rename(path_, moved_);
    fs::create_directory(path_);
    auto done = reopen_log();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, "log.file: " + path_ + ": Is a directory");
    log("two");
  });
  EXPECT_THAT(test::read_file(moved_), EndsWith("msg=two\n"));
}

TEST_F(LogFile, BeginsALineAfterOneThatDidNotFit) {
  logged([this] {
    log("one");
    {
      full_disk disk{fs::file_size(path_) + 10};
      log("two");
      log("three"); // nothing of it fits
    }
    log("four");
    EXPECT_TRUE(reopen_log());
    log("five");
  });
  EXPECT_THAT(test::read_file(path_),
              MatchesRegex("time=[^\n]* msg=one\ntime=.....\n"
                           "time=[^\n]* msg=four\ntime=[^\n]* msg=five\n"));
}

TEST_F(LogFile, BeginsALineAlsoInTheFileThatIsOpenedAnew) {
  logged([this] {
    log("one");
    {
      full_disk disk{fs::file_size(path_) + 10};
      log("two");
    }
    EXPECT_TRUE(reopen_log());
    log("three");
    EXPECT_THAT(test::read_file(path_), EndsWith(" msg=three\n"));
    EXPECT_THAT(test::read_file(path_),
                MatchesRegex("[^\n]*\n[^\n]*\n[^\n]*\n"));
    {
      full_disk disk{fs::file_size(path_) + 10};
      log("four");
    }
    fs::rename(path_, moved_);
    EXPECT_TRUE(reopen_log());
    log("five");
  });
  EXPECT_THAT(test::read_file(path_), MatchesRegex("time=[^\n]* msg=five\n"));
}

TEST_F(LogFile, SaysWhyItCannotBeOpened) {
  auto path = dir_.path("missing/x");
  auto done = set_up_log({.file = path});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ec::bad_config);
  EXPECT_EQ(done.error().what,
            "log.file: " + path + ": No such file or directory");
}

TEST(ReopenLog, DoesNothingWithoutAFile) {
  auto got = test::captured_log({}, [] {
    EXPECT_TRUE(reopen_log());
    log_event(log_level::info, "one");
  });
  EXPECT_THAT(got, EndsWith("msg=one\n"));
}

} // namespace
} // namespace lastseen
