#include "redis/cluster_topology.hpp"

#include "redis/cluster_slots.hpp"

#include <charconv>

namespace lastseen::redis {

namespace {

// Reads the elements of nested arrays one by one.
class walker {
public:
  explicit walker(const reply& text) : text_{text} {}

  // The next node; an array's elements follow.
  std::optional<reply::node> next() {
    if (at_ == text_.size())
      return std::nullopt;
    return text_[at_++];
  }

  // The number of elements of the array that must come next.
  std::optional<std::int64_t> array() {
    auto x = next();
    if (!x || x->type != kind::array)
      return std::nullopt;
    return x->number;
  }

  std::optional<std::int64_t> number(std::int64_t max) {
    auto x = next();
    if (!x || x->type != kind::integer || x->number < 0 || x->number > max)
      return std::nullopt;
    return x->number;
  }

  bool skip(std::int64_t elements) {
    for (; elements > 0; --elements) {
      auto x = next();
      if (!x)
        return false;
      if (x->type == kind::array)
        elements += x->number;
    }
    return true;
  }

private:
  const reply& text_;
  std::size_t at_ = 0;
};

constexpr std::int64_t last_slot = slot_count - 1;

std::string host_or(std::string_view host, std::string_view asked) {
  return std::string{host.empty() || host == "?" ? asked : host};
}

std::optional<endpoint> read_node(walker& in, std::string_view asked) {
  auto size = in.array();
  if (!size || *size < 2)
    return std::nullopt;
  auto host = in.next();
  if (!host || (host->type != kind::string && host->type != kind::nil))
    return std::nullopt;
  auto port = in.number(65535);
  if (!port || !in.skip(*size - 2))
    return std::nullopt;
  return endpoint{host_or(host->text, asked),
                  static_cast<std::uint16_t>(*port)};
}

std::optional<slot_range> read_range(walker& in, std::string_view asked) {
  auto size = in.array();
  if (!size || *size < 3)
    return std::nullopt;
  auto first = in.number(last_slot);
  auto last = in.number(last_slot);
  auto master = read_node(in, asked);
  if (!first || !last || *first > *last || !master)
    return std::nullopt;
  slot_range range{static_cast<std::uint16_t>(*first),
                   static_cast<std::uint16_t>(*last),
                   std::move(*master),
                   {}};
  for (auto i = *size - 3; i > 0; --i) {
    auto replica = read_node(in, asked);
    if (!replica)
      return std::nullopt;
    range.replicas.push_back(std::move(*replica));
  }
  return range;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  auto* end = text.data() + text.size();
  auto [at, failure] = std::from_chars(text.data(), end, into);
  return failure == std::errc{} && at == end;
}

} // namespace

std::optional<std::vector<slot_range>> parse_slots(const reply& text,
                                                   std::string_view asked) {
  walker in{text};
  auto size = in.array();
  if (!size)
    return std::nullopt;
  std::vector<slot_range> ranges;
  for (auto i = *size; i > 0; --i) {
    auto range = read_range(in, asked);
    if (!range)
      return std::nullopt;
    ranges.push_back(std::move(*range));
  }
  return ranges;
}

std::optional<redirect> parse_redirect(std::string_view error,
                                       std::string_view asked) {
  redirect out;
  if (error.starts_with("ASK "))
    out.ask = true;
  else if (!error.starts_with("MOVED "))
    return std::nullopt;
  error.remove_prefix(error.find(' ') + 1);
  auto space = error.find(' ');
  if (space == error.npos || !read_number(error.substr(0, space), out.slot)
      || out.slot > last_slot)
    return std::nullopt;
  auto to = error.substr(space + 1);
  auto colon = to.rfind(':'); // IPv6 comes without brackets
  if (colon == to.npos || !read_number(to.substr(colon + 1), out.to.port)
      || out.to.port == 0)
    return std::nullopt;
  out.to.host = host_or(to.substr(0, colon), asked);
  return out;
}

} // namespace lastseen::redis
