#include "status/record.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lastseen {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t digits = 13;

// After 13 digits (the year 2286) the form would have to change.
void append(std::string& out, stamp value) {
  char buf[digits];
  for (auto i = digits; i-- > 0; value /= 10)
    buf[i] = static_cast<char>('0' + value % 10);
  out.append(buf, digits);
}

// Eight digits at once, since reads spend their time here: neighbours become
// numbers of two, of four, of eight digits.
bool read_8(const char* text, stamp& value) {
  std::uint64_t x = 0;
  std::memcpy(&x, text, sizeof x);
  x -= 0x3030303030303030;
  // A byte over 9 has its highest bit set here; a borrow or a carry comes from
  // such a byte only.
  auto other = (x | (x + 0x7676767676767676)) & 0x8080808080808080;
  x = x * 10 + (x >> 8);
  constexpr std::uint64_t every_fourth = 0x000000ff000000ff;
  auto upper = (x & every_fourth) * 0x000f424000000064;
  auto lower = ((x >> 16) & every_fourth) * 0x0000271000000001;
  value = static_cast<stamp>((upper + lower) >> 32);
  return other == 0;
}

// REQUIRES: 13 bytes.
bool read(const char* text, stamp& value) {
  stamp first = 0;
  stamp last = 0;
  auto all = read_8(text, first);
  all &= read_8(text + digits - 8, last);
  value = first / 1000 * 100'000'000 + last; // three digits are in both
  return all;
}

bool take(std::string_view& text, stamp& value) {
  if (text.size() < digits || !read(text.data(), value))
    return false;
  text.remove_prefix(digits);
  return true;
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
  constexpr auto times = 2 * digits;
  if (text.size() < times || !read(text.data(), into.active)
      || !read(text.data() + digits, into.online))
    return false;
  if (text.size() == times) // nearly all
    return true;
  text.remove_prefix(times);
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
