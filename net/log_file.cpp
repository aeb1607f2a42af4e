#include "net/log_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace lastseen {

log_file::log_file(std::string path) : path_(std::move(path)) {
  // nop
}

log_file::~log_file() {
  if (file_ >= 0)
    close(file_);
}

result<void> log_file::reopen() {
  constexpr mode_t group_reads = S_IRUSR | S_IWUSR | S_IRGRP;
  auto next =
    open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, group_reads);
  if (next < 0)
    return error{ec::bad_config,
                 "log.file: " + path_ + ": " + std::strerror(errno)};
  std::lock_guard guard{mutex_};
  auto before = std::exchange(file_, next);
  if (before >= 0)
    close(before);
  return {};
}

void log_file::sink_it_(const spdlog::details::log_msg& line) {
  spdlog::memory_buf_t text;
  formatter_->format(line, text);
  for (std::size_t done = 0; done < text.size();) {
    auto n = write(file_, text.data() + done, text.size() - done);
    if (n >= 0)
      done += static_cast<std::size_t>(n);
    else if (errno != EINTR)
      spdlog::throw_spdlog_ex("log.file: " + path_, errno);
  }
}

void log_file::flush_() {
  // nop
}

} // namespace lastseen
