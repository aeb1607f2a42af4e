#include "net/pid_file.hpp"
#include "tests/support/read_file.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lastseen {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;

/// From here on `renameat2` fails in this process as it does on NFS.
bool forbid_renameat2() {
  sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class PidFile : public testing::Test {
protected:
  std::string text() const {
    return test::read_file(path_);
  }

  void put(const std::string& text) const {
    std::ofstream{path_} << text;
  }

  std::string fault() const {
    auto x = pid_file::write(path_);
    if (x)
      return "written";
    EXPECT_EQ(x.error().code, ec::bad_config);
    return x.error().what;
  }

  // Nothing is left beside it.
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator{dir_.path()}, {});
  }

  test::temporary_directory dir_;
  std::string path_ = dir_.path("lastseen.pid");
  std::string ours_ = std::to_string(getpid()) + '\n';
};

TEST_F(PidFile, IsThereForAsLongAsItsObject) {
  {
    auto file = pid_file::write(path_);
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(text(), ours_);
    EXPECT_EQ(fs::status(path_).permissions(), fs::perms{0644});
    EXPECT_EQ(files(), 1);
  }
  EXPECT_EQ(files(), 0);
}

TEST_F(PidFile, ReplacesWhatAProcessLeftBehind) {
  // Of a process that runs, too: it is the lock that says whose file it is.
  for (const auto& left : {std::to_string(getppid()) + '\n',
                           std::string{"4000000\n"}, std::string{}, ours_}) {
    put(left);
    auto file = pid_file::write(path_);
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(text(), ours_);
  }
}

TEST_F(PidFile, LeavesOneThatIsInUse) {
  auto file = pid_file::write(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(fault(), "pid_file: " + path_ + ": process "
                       + std::to_string(getpid()) + " runs and holds it");
  EXPECT_EQ(text(), ours_);
  EXPECT_EQ(files(), 1);
}

TEST_F(PidFile, IsFreeOnceItsProcessWasKilled) {
  auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto file = pid_file::write(path_);
    _exit(file ? 0 : 1); // as after a kill: no destructor runs
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(text(), std::to_string(child) + '\n');
  EXPECT_TRUE(pid_file::write(path_));
}

TEST_F(PidFile, NeedsNoRenameThatReplacesNothing) {
  auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!forbid_renameat2())
      _exit(2);
    auto file = pid_file::write(path_);
    _exit(file && files() == 1 && !pid_file::write(path_) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2)
    GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(text(), std::to_string(child) + '\n');
}

TEST_F(PidFile, OverwritesNothingElse) {
  for (std::string other : {"{\"http_server\": {}}", "12 x", "-1\n"}) {
    put(other);
    EXPECT_THAT(fault(), EndsWith("not overwritten"));
    EXPECT_EQ(text(), other);
  }
  EXPECT_EQ(files(), 1);
}

TEST_F(PidFile, SaysWhyItCannotBeWritten) {
  path_ = dir_.path();
  EXPECT_THAT(fault(), EndsWith(": is a directory"));
  path_ = "/dev/null";
  EXPECT_THAT(fault(), EndsWith(": is not a file"));
  path_ = dir_.path("missing/x");
  EXPECT_EQ(fault(), "pid_file: " + path_ + ": No such file or directory");
}

TEST_F(PidFile, RemovesOnlyItsOwn) {
  {
    auto file = pid_file::write(path_);
    ASSERT_TRUE(file);
    put("4000000\n");
  }
  EXPECT_EQ(text(), "4000000\n");
  {
    auto file = pid_file::write(path_);
    ASSERT_TRUE(file);
    fs::remove(path_);
  }
  EXPECT_EQ(files(), 0);
}

TEST_F(PidFile, MovesToAnotherOwner) {
  auto file = pid_file::write(path_);
  ASSERT_TRUE(file);
  {
    pid_file next{std::move(*file)};
    EXPECT_EQ(text(), ours_);
  }
  EXPECT_EQ(files(), 0);
}

} // namespace
} // namespace lastseen
