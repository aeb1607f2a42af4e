#include "net/origin.hpp"

#include "net/http_message.hpp"

#include <algorithm>

namespace lastseen {

namespace {

// On a mismatch only the last star takes one character more: earlier ones
// cannot help, so the cost is bounded by the product of the sizes.
bool matches(std::string_view pattern, std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  auto star = none;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size()
               && equal_ignoring_case(pattern.substr(p, 1),
                                      text.substr(t, 1))) {
      ++p;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == none;
}

} // namespace

bool origin_allowed(std::string_view origin,
                    const std::vector<std::string>& allowed) noexcept {
  return origin.empty()
         || std::any_of(allowed.begin(), allowed.end(),
                        [origin](const std::string& pattern) {
                          return matches(pattern, origin);
                        });
}

} // namespace lastseen
