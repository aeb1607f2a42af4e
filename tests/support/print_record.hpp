#pragma once

#include "status/merge.hpp"

#include <ostream>

/// How GoogleTest shows our values in the messages of failed tests.
namespace lastseen {

inline void PrintTo(const record& x, std::ostream* out) {
  *out << encode(x);
}

inline void PrintTo(const merge_action& x, std::ostream* out) {
  constexpr const char* names[] = {"keep", "put", "erase"};
  *out << names[static_cast<int>(x)];
}

} // namespace lastseen
