#include "config/assign.hpp"

#include "config/duration.hpp"
#include "config/redis_address.hpp"
#include "config/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <type_traits>

namespace lastseen::config {

namespace {

using strings = std::vector<std::string>;

bool in_range(const field& f, std::uint64_t x) {
  return x >= f.min && x <= f.max;
}

bool is_valid(const field& f, std::string_view x) {
  // A zero byte would end a path or a command early, where C reads it.
  return x.find('\0') == x.npos && (!f.valid || f.valid(x));
}

// -- from text ----------------------------------------------------------------

template <class T>
std::optional<T> read(std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    constexpr auto yes =
      std::to_array<std::string_view>({"1", "t", "T", "true", "TRUE", "True"});
    constexpr auto no = std::to_array<std::string_view>(
      {"0", "f", "F", "false", "FALSE", "False"});
    if (std::ranges::find(yes, text) != yes.end())
      return true;
    if (std::ranges::find(no, text) != no.end())
      return false;
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string{text};
  } else if constexpr (std::is_same_v<T, strings>) {
    return split_words(text);
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    return parse_duration(text);
  } else {
    T x = 0;
    auto end = text.data() + text.size();
    auto [stop, fault] = std::from_chars(text.data(), end, x);
    if (fault != std::errc{} || stop != end)
      return std::nullopt;
    return x;
  }
}

// -- from JSON ----------------------------------------------------------------

std::optional<strings> read_list(const boost::json::value& value) {
  if (auto one = value.if_string())
    return one->empty() ? strings{} : strings{std::string{*one}};
  auto array = value.if_array();
  if (!array)
    return std::nullopt;
  strings entries;
  for (const auto& entry : *array) {
    if (!entry.is_string())
      return std::nullopt;
    entries.emplace_back(entry.get_string());
  }
  return entries;
}

template <class T>
std::optional<T> read(const boost::json::value& value) {
  if constexpr (std::is_same_v<T, bool>) {
    auto x = value.if_bool();
    return x ? std::optional{*x} : std::nullopt;
  } else if constexpr (std::is_same_v<T, std::string>) {
    auto x = value.if_string();
    return x ? std::optional{std::string{*x}} : std::nullopt;
  } else if constexpr (std::is_same_v<T, strings>) {
    return read_list(value);
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    auto x = value.if_string();
    return x ? parse_duration(*x) : std::nullopt;
  } else {
    boost::system::error_code fault;
    auto x = value.to_number<T>(fault);
    // to_number also takes 8.0e3.
    if (fault || value.is_double())
      return std::nullopt;
    return x;
  }
}

// -- checks -------------------------------------------------------------------

template <class T>
bool accepts(const field& f, const T& x) {
  if constexpr (std::is_same_v<T, bool>)
    return true;
  else if constexpr (std::is_same_v<T, std::string>)
    return is_valid(f, x);
  else if constexpr (std::is_same_v<T, strings>)
    return std::ranges::all_of(x, [&](auto& s) { return is_valid(f, s); });
  else if constexpr (std::is_same_v<T, milliseconds>)
    return x.count() >= 0 && in_range(f, static_cast<std::uint64_t>(x.count()));
  else
    return in_range(f, x);
}

// -- to text ------------------------------------------------------------------

template <class T>
std::string show(const field& f, const T& x) {
  if constexpr (std::is_same_v<T, bool>) {
    return x ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return shown(f, std::string_view{x});
  } else if constexpr (std::is_same_v<T, strings>) {
    std::string out;
    for (const auto& entry : x)
      out += (out.empty() ? "" : ", ") + shown(f, std::string_view{entry});
    return '[' + out + ']';
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    return quote(to_string(x));
  } else {
    return std::to_string(x);
  }
}

template <class Source>
bool assign_from(settings& into, const field& f, const Source& source) {
  return std::visit(
    [&](auto at) {
      using type = std::remove_reference_t<decltype(at(into))>;
      auto x = read<type>(source);
      if (!x || !accepts(f, *x))
        return false;
      at(into) = std::move(*x);
      return true;
    },
    f.at);
}

} // namespace

bool assign(settings& into, const field& f, std::string_view text) {
  return assign_from(into, f, text);
}

bool assign(settings& into, const field& f, const boost::json::value& value) {
  if (auto text = value.if_string(); text && f.or_text)
    return assign_from(into, f, text->empty() ? "0" : std::string_view{*text});
  return assign_from(into, f, value);
}

bool is_allowed(const field& f, settings& x) {
  return std::visit([&](auto at) { return accepts(f, at(x)); }, f.at);
}

std::string shown(const field& f, std::string_view text) {
  if (f.secret && !text.empty())
    return "<hidden>";
  if (f.key == "user_status.redis.address"
      || f.key == "user_status.redis.previous_address")
    return quote(without_secrets(text));
  if (f.key == "user_status.redis.sentinel_address"
      || f.key == "user_status.redis.cluster_address")
    return shown_list(text);
  return quote(text);
}

std::string shown(const field& f, const boost::json::value& value) {
  if (f.secret)
    return "<hidden>";
  switch (value.kind()) {
    case boost::json::kind::object:
      return "an object";
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::string:
      return shown(f, std::string_view{value.get_string()});
    default:
      return boost::json::serialize(value);
  }
}

std::string shown(const field& f, settings& x) {
  return std::visit([&](auto at) { return show(f, at(x)); }, f.at);
}

} // namespace lastseen::config
