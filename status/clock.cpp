#include "status/clock.hpp"

#include <time.h>

namespace lastseen {

boot_clock::time_point boot_clock::now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_BOOTTIME, &t);
  return time_point{duration{t.tv_sec * 1'000'000 + t.tv_nsec / 1'000}};
}

} // namespace lastseen
