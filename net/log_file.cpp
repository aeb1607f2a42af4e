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

result<void> log_file::reopen() {
  constexpr mode_t group_reads = S_IRUSR | S_IWUSR | S_IRGRP;
  descriptor next{open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                       group_reads)};
  if (!next)
    return error{ec::bad_config,
                 "log.file: " + path_ + ": " + std::strerror(errno)};
  std::lock_guard guard{mutex_};
  torn_ = torn_ && lseek(next.get(), 0, SEEK_END) > 0;
  file_ = std::move(next);
  return {};
}

void log_file::sink_it_(const spdlog::details::log_msg& line) {
  spdlog::memory_buf_t text;
  if (torn_)
    text.push_back('\n');
  formatter_->format(line, text);
  for (std::size_t done = 0; done < text.size();) {
    auto n = write(file_.get(), text.data() + done, text.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      torn_ = text[done - 1] != '\n';
    } else if (n < 0 && errno != EINTR) {
      spdlog::throw_spdlog_ex("log.file: " + path_, errno);
    }
  }
}

void log_file::flush_() {
  // nop
}

} // namespace lastseen
