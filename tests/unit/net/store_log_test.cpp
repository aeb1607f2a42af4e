#include "net/log.hpp"
#include "net/store_log.hpp"

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include <functional>

namespace lastseen {
namespace {

using testing::HasSubstr;

class StoreLog : public testing::Test {
protected:
  /// What is logged while `f` runs.
  static std::string output_of(const std::function<void()>& f) {
    auto before = spdlog::default_logger();
    testing::internal::CaptureStdout();
    EXPECT_TRUE(set_up_log({}));
    f();
    spdlog::default_logger()->flush();
    spdlog::set_default_logger(before);
    spdlog::drop("lastseen");
    return testing::internal::GetCapturedStdout();
  }

  std::string link(std::size_t lane, bool up) {
    return output_of([&] {
      log_.on_link(lane, {up, {}, {ec::unavailable, "reset"}});
    });
  }

  std::string refusal(std::size_t lane, bool refuses) {
    error why{ec::not_ready, "OOM"};
    return output_of([&] { log_.on_refusal(lane, refuses ? &why : nullptr); });
  }

  store_log log_{"redis a:1", 2};
};

TEST_F(StoreLog, SaysOnceThatAllLanesAreUp) {
  EXPECT_EQ(link(0, true), "");
  EXPECT_THAT(link(1, true),
              HasSubstr(R"(level=info msg="store is up" store="redis a:1")"));
  EXPECT_EQ(link(1, true), "");
}

TEST_F(StoreLog, SaysOnceThatALaneIsDown) {
  EXPECT_THAT(
    link(1, false),
    HasSubstr(
      R"(level=warning msg="store is down" store="redis a:1" why=reset)"));
  EXPECT_EQ(link(0, false), "");
  EXPECT_EQ(link(1, true), "");
  EXPECT_THAT(link(0, true), HasSubstr("store is up"));
  EXPECT_THAT(link(0, false), HasSubstr("store is down"));
}

TEST_F(StoreLog, SaysOnceThatLanesAreRefused) {
  EXPECT_EQ(refusal(0, false), "");
  EXPECT_THAT(refusal(0, true), HasSubstr(R"(msg="store is not ready")"));
  EXPECT_EQ(refusal(1, true), "");
  EXPECT_EQ(refusal(0, false), "");
  EXPECT_THAT(refusal(1, false), HasSubstr(R"(msg="store is ready again")"));
}

} // namespace
} // namespace lastseen
