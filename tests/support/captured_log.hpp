#pragma once

#include "net/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <string>

namespace lastseen::test {

/// What is logged while `f` runs, as it goes to the standard output.
template <class F>
std::string captured_log(const config::log& settings, F f) {
  auto before = spdlog::default_logger();
  testing::internal::CaptureStdout();
  EXPECT_TRUE(set_up_log(settings));
  f();
  spdlog::default_logger()->flush();
  spdlog::set_default_logger(before);
  spdlog::drop("lastseen");
  return testing::internal::GetCapturedStdout();
}

} // namespace lastseen::test
