#include "net/pid_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace lastseen {

namespace {

error fault(const std::string& path, std::string_view what) {
  return {ec::bad_config, "pid_file: " + path + ": " + std::string{what}};
}

std::string our_line() {
  return std::to_string(getpid()) + '\n';
}

std::string first_bytes(int file) {
  std::array<char, 32> bytes{};
  auto n = pread(file, bytes.data(), bytes.size(), 0);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

bool is_number(std::string_view line) {
  return line.find_first_not_of("0123456789 \r\n") == line.npos;
}

// Whether a file is there and may be replaced. What is open stays locked until
// the new one is in place, so that of two that start only one goes on.
result<void> lock_former(const std::string& path, const descriptor& file) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0)
    return fault(path, std::strerror(errno));
  if (S_ISDIR(info.st_mode))
    return fault(path, "is a directory");
  if (!S_ISREG(info.st_mode))
    return fault(path, "is not a file");
  auto line = first_bytes(file.get());
  if (!is_number(line))
    return fault(path, "holds something other than a process ID, so it is not "
                       "overwritten");
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    struct stat now {};
    if (stat(path.c_str(), &now) == 0 && now.st_dev == info.st_dev
        && now.st_ino == info.st_ino)
      return {};
    return fault(path, "another process has just replaced it");
  }
  if (errno != EWOULDBLOCK)
    return fault(path, std::strerror(errno));
  return fault(path, "process " + line.substr(0, line.find('\n'))
                       + " runs and holds it");
}

// As `rename`, but for that it replaces nothing. NFS and others cannot do that
// by renaming.
int place_new(const std::string& from, const std::string& to) {
  auto done =
    renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (done != 0 && errno == EINVAL) {
    done = link(from.c_str(), to.c_str());
    if (done == 0)
      unlink(from.c_str());
  }
  return done;
}

} // namespace

result<pid_file> pid_file::write(std::string path) {
  descriptor former{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!former && errno != ENOENT)
    return fault(path, std::strerror(errno));
  if (former)
    if (auto locked = lock_former(path, former); !locked)
      return locked.error();
  auto next = path + ".XXXXXX";
  descriptor file{mkostemp(next.data(), O_CLOEXEC)};
  if (!file)
    return fault(path, std::strerror(errno));
  auto line = our_line();
  constexpr mode_t everybody_reads = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  errno = 0;
  auto done =
    flock(file.get(), LOCK_EX | LOCK_NB) == 0
    && fchmod(file.get(), everybody_reads) == 0
    && ::write(file.get(), line.data(), line.size())
         == static_cast<ssize_t>(line.size())
    && (former ? rename(next.c_str(), path.c_str()) : place_new(next, path))
         == 0;
  if (!done) {
    auto why = fault(path, std::strerror(errno == 0 ? ENOSPC : errno));
    unlink(next.c_str());
    return why;
  }
  return pid_file{std::move(path), std::move(file)};
}

pid_file::pid_file(std::string path, descriptor locked)
  : path_(std::move(path)), locked_(std::move(locked)) {
  // nop
}

pid_file::~pid_file() {
  if (!locked_)
    return;
  descriptor now{open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (now && first_bytes(now.get()) == our_line())
    unlink(path_.c_str());
}

} // namespace lastseen
