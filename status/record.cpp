#include "status/record.hpp"

#include <algorithm>

namespace lastseen {

namespace {

constexpr std::size_t digits = 13;

// After 13 digits (the year 2286) the form would have to change.
void append(std::string& out, stamp value) {
  char buf[digits];
  for (auto i = digits; i-- > 0; value /= 10)
    buf[i] = static_cast<char>('0' + value % 10);
  out.append(buf, digits);
}

bool take(std::string_view& text, stamp& value) {
  if (text.size() < digits)
    return false;
  stamp x = 0;
  bool other = false;
  for (std::size_t i = 0; i < digits; ++i) {
    auto digit = static_cast<unsigned char>(text[i] - '0');
    other |= digit > 9;
    x = x * 10 + digit;
  }
  value = x;
  text.remove_prefix(digits);
  return !other;
}

bool take(std::string_view& text, char tag) {
  if (text.empty() || text.front() != tag)
    return false;
  text.remove_prefix(1);
  return true;
}

bool raise(stamp& into, stamp from) {
  if (from <= into)
    return false;
  into = from;
  return true;
}

bool bury(stamp& field, stamp deleted) {
  if (field == 0 || field > deleted)
    return false;
  field = 0;
  return true;
}

} // namespace

stamp newest(const record& x) noexcept {
  return std::max({x.active, x.online, x.changed});
}

bool join(record& into, const record& from) {
  auto before = into.deleted;
  auto deleted = std::max(into.deleted, from.deleted);
  auto changed = deleted != before;
  into.deleted = deleted;
  if (from.active > deleted)
    changed |= raise(into.active, from.active);
  if (from.online > deleted)
    changed |= raise(into.online, from.online);
  auto newer_state =
    from.changed > into.changed
    || (from.changed == into.changed && from.state > into.state);
  if (from.changed > deleted && newer_state) {
    into.changed = from.changed;
    into.state = from.state;
    changed = true;
  }
  changed |= bury(into.active, deleted);
  changed |= bury(into.online, deleted);
  if (bury(into.changed, deleted)) {
    into.state.clear();
    changed = true;
  }
  return changed;
}

void encode(const record& x, std::string& out) {
  append(out, x.active);
  append(out, x.online);
  if (x.deleted != 0) {
    out += 'D';
    append(out, x.deleted);
  }
  if (x.changed != 0) {
    out += ':';
    append(out, x.changed);
    out += x.state;
  }
}

std::string encode(const record& x) {
  std::string out;
  encode(x, out);
  return out;
}

bool decode(std::string_view text, record& into) {
  if (!take(text, into.active) || !take(text, into.online))
    return false;
  if (take(text, 'D') && !take(text, into.deleted))
    return false;
  if (take(text, ':')) {
    if (!take(text, into.changed))
      return false;
    into.state = text;
    return true;
  }
  return text.empty();
}

std::optional<record> decode(std::string_view text) {
  record x;
  if (!decode(text, x))
    return std::nullopt;
  return x;
}

} // namespace lastseen
