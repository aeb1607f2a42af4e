#include "config/text.hpp"

#include <algorithm>
#include <numeric>

namespace lastseen::config {

namespace {

constexpr std::size_t max_shown = 80;

// The length of the UTF-8 character that `x` begins with, 0 if it is none.
// Overlong forms and surrogates pass: they are only shown, not interpreted.
std::size_t character_size(std::string_view x) {
  auto first = static_cast<unsigned char>(x.front());
  auto size = std::size_t{1};
  if (first >= 0xC2 && first < 0xE0)
    size = 2;
  else if (first >= 0xE0 && first < 0xF0)
    size = 3;
  else if (first >= 0xF0 && first < 0xF5)
    size = 4;
  else if (first >= 0x80)
    return 0;
  if (x.size() < size)
    return 0;
  for (auto c : x.substr(1, size - 1))
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      return 0;
  // C1 control characters.
  if (first == 0xC2 && static_cast<unsigned char>(x[1]) < 0xA0)
    return 0;
  return size;
}

} // namespace

std::string quote(std::string_view x) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  while (!x.empty()) {
    if (out.size() > max_shown) {
      out += "…";
      break;
    }
    auto c = static_cast<unsigned char>(x.front());
    auto size = character_size(x);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += x.front();
    } else if (c < 0x20 || c == 0x7F || size == 0) {
      out += "\\x";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else {
      out += x.substr(0, size);
    }
    x.remove_prefix(std::max(size, std::size_t{1}));
  }
  return out + '"';
}

std::vector<std::string> split_words(std::string_view x) {
  std::vector<std::string> words;
  for (auto begin = x.find_first_not_of(' '); begin != x.npos;) {
    auto end = std::min(x.find(' ', begin), x.size());
    words.emplace_back(x.substr(begin, end - begin));
    begin = x.find_first_not_of(' ', end);
  }
  return words;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view x,
                         std::span<const std::string> candidates) {
  // Nothing that long is a typo; and the distance takes quadratic time.
  if (x.size() > 100)
    return {};
  auto end = '.' + std::string{x};
  std::string_view best;
  auto least = std::max(x.size() / 3, std::size_t{1}) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.ends_with(end))
      return candidate;
    auto distance = edit_distance(x, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

} // namespace lastseen::config
