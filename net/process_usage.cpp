#include "net/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace lastseen {

namespace {

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

} // namespace

process_usage look_at_process() {
  process_usage out;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0)
    out.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  std::size_t pages = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> pages >> pages)
    out.resident_bytes = pages * static_cast<std::size_t>(getpagesize());
  std::error_code failed;
  for (std::filesystem::directory_iterator i{"/proc/self/fd", failed}, end;
       !failed && i != end; i.increment(failed))
    ++out.open_files;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.max_open_files = limit.rlim_cur;
  return out;
}

} // namespace lastseen
