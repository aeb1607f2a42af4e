#pragma once

#include "cli/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace lastseen::cli {

/// Runs commands in a directory of its own.
class Console : public testing::Test {
protected:
  struct ran {
    int code;
    std::string out;
    std::string err;
  };

  Console() {
    std::filesystem::create_directory(dir_);
  }

  ~Console() override {
    std::filesystem::remove_all(dir_);
  }

  std::string path(const std::string& name) const {
    return dir_ + '/' + name;
  }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream{path(name), std::ios::binary} << text;
    return path(name);
  }

  ran run(const arguments& all) const {
    std::ostringstream out;
    std::ostringstream err;
    console to{out, err, environment_, path(".env")};
    auto code = cli::run(all, to);
    return {code, out.str(), err.str()};
  }

  std::string dir_ =
    testing::TempDir() + "lastseen_cli." + std::to_string(getpid());
  std::map<std::string, std::string> environment_;
};

} // namespace lastseen::cli
