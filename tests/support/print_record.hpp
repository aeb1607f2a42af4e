#pragma once

#include "status/merge.hpp"
#include "status/stored_records.hpp"

#include <ostream>

/// How GoogleTest compares our values, and shows them in the messages of failed
/// tests.
namespace lastseen {

inline void PrintTo(const record& x, std::ostream* out) {
  *out << encode(x);
}

inline bool operator==(const stored_records& a, const stored_records& b) {
  auto same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i)
    same = a.text(i) == b.text(i);
  return same;
}

inline void PrintTo(const stored_records& x, std::ostream* out) {
  for (std::size_t i = 0; i < x.size(); ++i)
    *out << (i == 0 ? "" : ", ") << '"' << x.text(i) << '"';
}

inline void PrintTo(const merge_action& x, std::ostream* out) {
  constexpr const char* names[] = {"keep", "put", "erase"};
  *out << names[static_cast<int>(x)];
}

} // namespace lastseen
