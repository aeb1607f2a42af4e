#include "net/origin.hpp"

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

std::string cors_fields(const http_request& request) {
  auto usable = [](std::string_view x) {
    return !x.empty() && std::ranges::none_of(x, [](char c) {
      return static_cast<unsigned char>(c) < ' ';
    });
  };
  auto origin = request.field("Origin");
  if (!usable(origin))
    return {};
  auto out = "Access-Control-Allow-Origin: " + std::string{origin}
             + "\r\nAccess-Control-Allow-Credentials: true\r\n"
               "Vary: Origin\r\n";
  if (auto asked = request.field("Access-Control-Request-Headers");
      usable(asked))
    out += "Access-Control-Allow-Headers: " + std::string{asked} + "\r\n";
  return out;
}

} // namespace lastseen
