#include "net/connection_gate.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace lastseen {

void connection_gate::limit(const config::client& settings) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    max_connections_ =
      files.rlim_cur - std::min<rlim_t>(spare_files, files.rlim_cur / 2);
  max_clients_ = settings.connection_limit == 0 ? max_connections_.load()
                                                : settings.connection_limit;
  std::lock_guard guard{lock_};
  rate_ = {settings.connection_rate_limit, settings.connection_rate_limit};
}

bool connection_gate::admit(std::size_t open, local_time now) {
  if (open >= max_clients_)
    return false;
  std::lock_guard guard{lock_};
  return bucket_.take(rate_, now);
}

} // namespace lastseen
