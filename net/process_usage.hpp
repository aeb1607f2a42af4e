#pragma once

#include <cstddef>

namespace lastseen {

/// What this process uses, as the kernel says.
struct process_usage {
  double cpu_seconds = 0; // of all threads, in user and kernel mode
  std::size_t resident_bytes = 0;
  std::size_t open_files = 0;
  std::size_t max_open_files = 0;
};

/// What cannot be read is 0.
process_usage look_at_process();

} // namespace lastseen
