#pragma once

#include "net/descriptor.hpp"
#include "status/error.hpp"

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

namespace lastseen {

/// The end of the log in a file. Each line is appended by one write, so that
/// several processes may share a file and nothing is lost in a crash. After one
/// of which the disk took only a part, the next begins on a line of its own.
/// From any thread.
class log_file final : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// Opens nothing yet.
  explicit log_file(std::string path);

  /// Opens the file, or makes it with mode 640 less the umask, and closes the
  /// one that was open. @returns `ec::bad_config` when that cannot be done;
  /// then what was open stays open.
  result<void> reopen();

private:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;

  std::string path_;
  descriptor file_;
  bool torn_ = false; // what was written last is no whole line
};

} // namespace lastseen
