#pragma once

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace lastseen::config {

using environment_map = std::map<std::string, std::string>;
using flag_list = std::vector<std::pair<std::string, std::string>>;

/// Loads settings from a file of its own.
class Load : public testing::Test {
protected:
  void TearDown() override {
    std::remove(from_.path.c_str());
  }

  /// Without a text there is no file.
  result<loaded> loading(const char* text, environment_map environment = {},
                         flag_list flags = {}) {
    if (text)
      std::ofstream{from_.path, std::ios::binary} << text;
    from_.environment = std::move(environment);
    from_.flags = std::move(flags);
    return load(from_);
  }

  loaded good(const char* text, environment_map environment = {},
              flag_list flags = {}) {
    auto x = loading(text, std::move(environment), std::move(flags));
    if (!x) {
      ADD_FAILURE() << x.error().what;
      return {};
    }
    return *x;
  }

  std::string fault_of(const char* text, environment_map environment = {},
                       flag_list flags = {}) {
    auto x = loading(text, std::move(environment), std::move(flags));
    if (x)
      return "loaded";
    EXPECT_EQ(x.error().code, ec::bad_config);
    EXPECT_THAT(x.error().what, testing::Not(testing::HasSubstr("\n")));
    return x.error().what;
  }

  sources from_{.path = testing::TempDir() + "lastseen_load."
                        + std::to_string(getpid()) + ".json",
                .path_given = false,
                .environment = {},
                .flags = {}};
  std::string file_ = "file " + from_.path;
};

} // namespace lastseen::config
