#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace lastseen::test {

/// The whole of a file; empty when there is none.
inline std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace lastseen::test
