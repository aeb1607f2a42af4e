#pragma once

#include "net/descriptor.hpp"
#include "status/error.hpp"

#include <string>

namespace lastseen {

/// A file that says which process this is, and that it runs: it stays locked
/// (`flock`) for as long. Used on one thread.
class pid_file {
public:
  /// Writes the process ID and a newline, by a file beside `path` that takes
  /// its place, so that nobody ever reads a half. A file of a process that is
  /// gone is replaced.
  /// @returns `ec::bad_config` when it cannot be written, when a process that
  /// runs has it locked, or when there is something else at `path`: a file
  /// whose content is no number is not overwritten.
  static result<pid_file> write(std::string path);

  /// Removes the file, if it still has the ID of this process.
  ~pid_file();

  pid_file(pid_file&&) noexcept = default;
  pid_file& operator=(pid_file&&) = delete;

private:
  pid_file(std::string path, descriptor locked);

  std::string path_;
  descriptor locked_; // none when moved from
};

} // namespace lastseen
