#include "config/env_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace lastseen::config {

namespace {

constexpr std::string_view letters =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view of_names =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
constexpr std::string_view blanks = " \t\r";

class parser {
public:
  explicit parser(std::string_view text) : rest_(text) {
    skip("\xEF\xBB\xBF");
  }

  bool done() const {
    return rest_.empty();
  }

  /// Takes a line, or those of one value. @returns what is wrong, and takes
  /// the first one then.
  std::optional<std::string> next(std::map<std::string, env_entry>& into) {
    auto begin = *this;
    skip_blanks();
    std::optional<std::string> wrong;
    if (!at_end_of_line())
      wrong = entry(into);
    if (wrong)
      *this = begin;
    last_ = begin.rest_.substr(0, begin.rest_.find('\n'));
    last_line_ = begin.line_;
    take(std::min(rest_.find('\n'), rest_.size()));
    skip("\n");
    return wrong;
  }

  /// The first line that was taken last, and its number.
  std::string_view last() const {
    return last_;
  }
  std::size_t last_line() const {
    return last_line_;
  }

private:
  std::string_view take(std::size_t n) {
    auto out = rest_.substr(0, n);
    rest_.remove_prefix(out.size());
    line_ += static_cast<std::size_t>(std::ranges::count(out, '\n'));
    return out;
  }

  bool skip(std::string_view what) {
    auto there = rest_.starts_with(what);
    if (there)
      take(what.size());
    return there;
  }

  void skip_blanks() {
    take(std::min(rest_.find_first_not_of(blanks), rest_.size()));
  }

  bool at_end_of_line() const {
    return rest_.empty() || rest_.front() == '\n' || rest_.front() == '#';
  }

  std::optional<std::string> entry(std::map<std::string, env_entry>& into) {
    constexpr std::string_view expected = "must be NAME=value";
    if (rest_.starts_with("export ") || rest_.starts_with("export\t")) {
      take(7);
      skip_blanks();
    }
    auto name = take(std::min(rest_.find_first_not_of(of_names), rest_.size()));
    if (name.empty() || letters.find(name.front()) == letters.npos)
      return std::string{expected};
    skip_blanks();
    if (!skip("="))
      return std::string{expected};
    env_entry out{"", line_};
    auto i = rest_.find_first_not_of(blanks);
    if (i != rest_.npos && (rest_[i] == '\'' || rest_[i] == '"'))
      skip_blanks();
    if (skip("'")) {
      auto end = rest_.find('\'');
      if (end == rest_.npos)
        return std::string{name} + ": ' does not end";
      out.value = take(end);
      take(1);
    } else if (skip("\"")) {
      auto value = in_double_quotes();
      if (!value)
        return std::string{name} + ": \" does not end";
      out.value = std::move(*value);
    } else {
      out.value = to_end_of_line();
    }
    skip_blanks();
    if (!at_end_of_line())
      return std::string{name}
             + ": nothing but a comment may follow a quoted value";
    into.insert_or_assign(std::string{name}, std::move(out));
    return std::nullopt;
  }

  // A comment begins with a # after a blank.
  std::string_view to_end_of_line() {
    auto value = rest_.substr(0, rest_.find('\n'));
    for (auto i = value.find('#', 1); i < value.size();
         i = value.find('#', i + 1))
      if (blanks.find(value[i - 1]) != blanks.npos)
        value = value.substr(0, i);
    take(value.size());
    value.remove_prefix(
      std::min(value.find_first_not_of(blanks), value.size()));
    return value.substr(0, value.find_last_not_of(blanks) + 1);
  }

  std::optional<std::string> in_double_quotes() {
    constexpr std::string_view escaped = "nrt\"\\$";
    constexpr std::string_view meant = "\n\r\t\"\\$";
    std::string out;
    while (!rest_.empty()) {
      auto c = take(1).front();
      if (c == '"')
        return out;
      auto which = c == '\\' && !rest_.empty() ? escaped.find(rest_.front())
                                               : escaped.npos;
      if (which != escaped.npos) {
        take(1);
        c = meant[which];
      }
      out += c;
    }
    return std::nullopt;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::string_view last_;
  std::size_t last_line_ = 0;
};

} // namespace

result<env_file> parse_env(std::string_view text, const std::string& name,
                           std::string_view prefix) {
  env_file out;
  parser all{text};
  while (!all.done()) {
    auto wrong = all.next(out.variables);
    if (!wrong)
      continue;
    auto what = name + ':' + std::to_string(all.last_line()) + ": ";
    if (all.last().find(prefix) != std::string_view::npos)
      return error{ec::bad_config, what + *wrong};
    out.warnings.push_back(what + "passed over: " + *wrong);
  }
  return out;
}

} // namespace lastseen::config
