#include "bench/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace lastseen::bench {

namespace {

double judged(const row& x) {
  return x.baseline ? x.ours / *x.baseline : x.ours;
}

std::string number(double x) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2f", x);
  return text.data();
}

std::string verdict(const row& x) {
  if (!x.limit)
    return "no limit";
  return over(x) ? "**over**" : "ok";
}

std::array<std::string, 6> cells(const row& x) {
  return {x.scenario,
          number(x.ours) + ' ' + x.unit,
          x.baseline ? number(*x.baseline) + " (" + x.baseline_name + ')' : "-",
          x.baseline ? number(judged(x)) : "-",
          x.limit ? number(*x.limit) + (x.baseline ? "" : ' ' + x.unit) : "-",
          verdict(x)};
}

} // namespace

double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  auto half = xs.size() / 2;
  return xs.size() % 2 == 1 ? xs[half] : (xs[half - 1] + xs[half]) / 2;
}

bool over(const row& x) {
  // Written so that a ratio that is no number is over, too.
  return x.limit && !(judged(x) <= *x.limit);
}

std::string to_table(const std::vector<row>& rows) {
  std::vector<std::array<std::string, 6>> lines{
    {"scenario", "ours", "baseline", "ratio", "limit", "verdict"}};
  for (const auto& x : rows)
    lines.push_back(cells(x));
  std::array<std::size_t, 6> widths{};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      out += "| " + lines[n][i]
             + std::string(widths[i] - lines[n][i].size(), ' ') + ' ';
    out += "|\n";
    if (n > 0)
      continue;
    for (auto width : widths)
      out += '|' + std::string(width + 2, '-');
    out += "|\n";
  }
  return out;
}

} // namespace lastseen::bench
