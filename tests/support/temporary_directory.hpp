#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace lastseen::test {

/// A directory of its own for a test, removed with all that is in it.
class temporary_directory {
public:
  temporary_directory() {
    auto name = std::filesystem::temp_directory_path() / "lastseen-XXXXXX";
    path_ = name.string();
    if (::mkdtemp(path_.data()) == nullptr)
      std::abort();
  }

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const noexcept {
    return path_;
  }

  std::string path(const std::string& file) const {
    return path_ + "/" + file;
  }

private:
  std::string path_;
};

} // namespace lastseen::test
