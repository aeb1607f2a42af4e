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

std::uint64_t load_8(const char* text) {
  std::uint64_t x = 0;
  std::memcpy(&x, text, sizeof x);
  return x;
}

constexpr std::uint64_t eight_zeros = 0x3030303030303030;

// Of eight bytes less those zeros: not 0 where one is no digit. A byte over 9
// has its highest bit set then; a borrow or a carry comes from such a byte
// only.
std::uint64_t other_than_digits(std::uint64_t x) {
  return (x | (x + 0x7676767676767676)) & 0x8080808080808080;
}

// Eight digits at once: neighbours become numbers of two, of four, of eight
// digits.
bool read_8(const char* text, stamp& value) {
  auto x = load_8(text) - eight_zeros;
  auto other = other_than_digits(x);
  x = x * 10 + (x >> 8);
  constexpr std::uint64_t every_fourth = 0x000000ff000000ff;
  auto upper = (x & every_fourth) * 0x000f424000000064;
  auto lower = ((x >> 16) & every_fourth) * 0x0000271000000001;
  value = static_cast<stamp>((upper + lower) >> 32);
  return other == 0;
}

bool take(std::string_view& text, stamp& value) {
  stamp first = 0;
  stamp last = 0;
  if (text.size() < digits || !read_8(text.data(), first)
      || !read_8(text.data() + digits - 8, last))
    return false;
  value = first / 1000 * 100'000'000 + last; // three digits are in both
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

bool is_stored_form(std::string_view text) {
  if (text.size() != bare_form_size)
    return decode(text).has_value();
  std::uint64_t other = 0;
  for (auto i : {0, 8, 16, 18}) // the last digits are in two of them
    other |= other_than_digits(load_8(text.data() + i) - eight_zeros);
  return other == 0;
}

std::optional<record> decode(std::string_view text) {
  record x;
  if (!take(text, x.active) || !take(text, x.online))
    return std::nullopt;
  if (take(text, 'D') && !take(text, x.deleted))
    return std::nullopt;
  if (take(text, ':')) {
    if (!take(text, x.changed))
      return std::nullopt;
    x.state = text;
    text = {};
  }
  if (!text.empty())
    return std::nullopt;
  return x;
}

} // namespace lastseen
