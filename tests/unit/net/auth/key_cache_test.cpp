#include "net/auth/key_cache.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace lastseen {
namespace {

using namespace std::chrono_literals;

class KeyCache : public testing::Test {
protected:
  static constexpr local_time start{1h};

  /// What a token with this key that comes now is told; nothing: it is there.
  std::optional<ec> find(std::string_view kid) {
    return find(kid, now_);
  }

  std::optional<ec> find(std::string_view kid, local_time since) {
    auto found = cache_.find(kid, since, now_);
    if (found)
      return std::nullopt;
    return found.error().code;
  }

  void fetched(const std::string& kid) {
    ASSERT_TRUE(cache_.may_fetch(now_));
    cache_.on_begin();
    token_keys keys;
    keys[kid] = std::make_shared<const token_key>();
    cache_.on_keys(std::move(keys), now_);
  }

  void failed() {
    ASSERT_TRUE(cache_.may_fetch(now_));
    cache_.on_begin();
    cache_.on_failure(now_);
  }

  key_cache cache_;
  local_time now_ = start;
};

TEST_F(KeyCache, LooksForWhatItDoesNotHave) {
  EXPECT_EQ(find("a"), ec::not_ready);
  fetched("a");
  EXPECT_EQ(find("a"), std::nullopt);
}

TEST_F(KeyCache, WhatOneFetchSaysIsFinalForAllWhoWaited) {
  auto early = now_;
  EXPECT_EQ(find("b"), ec::not_ready);
  cache_.on_begin();
  now_ += 1s;
  EXPECT_FALSE(cache_.may_fetch(now_)); // one is under way
  auto late = now_;
  EXPECT_EQ(find("b"), ec::not_ready);
  now_ += 1s;
  cache_.on_keys({}, now_);
  EXPECT_EQ(find("b", early), ec::unauthorized);
  EXPECT_EQ(find("b", late), ec::unauthorized);
}

TEST_F(KeyCache, LooksAgainAfterAPauseOnly) {
  fetched("a");
  now_ += 1ms;
  EXPECT_EQ(find("b"), ec::unavailable);
  EXPECT_EQ(find("a"), std::nullopt);
  now_ += key_cache::pause - 2ms;
  EXPECT_EQ(find("b"), ec::unavailable);
  EXPECT_FALSE(cache_.may_fetch(now_));
  now_ += 1ms;
  EXPECT_EQ(find("b"), ec::not_ready);
  fetched("b");
  EXPECT_EQ(find("b"), std::nullopt);
  now_ += 1ms;
  EXPECT_EQ(find("a"), ec::unavailable); // it is no more
}

TEST_F(KeyCache, AFailureIsNoAnswer) {
  auto since = now_;
  failed();
  EXPECT_EQ(find("a", since), ec::unavailable);
  now_ += 1ms;
  EXPECT_EQ(find("a"), ec::unavailable);
  now_ += key_cache::pause_after_failure;
  EXPECT_EQ(find("a"), ec::not_ready);
}

TEST_F(KeyCache, FetchesAnewWhatIsAnHourOldWhileItServes) {
  fetched("a");
  now_ += 59min;
  EXPECT_FALSE(cache_.is_stale(now_));
  now_ += 1min;
  EXPECT_TRUE(cache_.is_stale(now_));
  EXPECT_EQ(find("a"), std::nullopt);
  cache_.on_begin();
  EXPECT_FALSE(cache_.is_stale(now_));
  EXPECT_EQ(find("a"), std::nullopt);
  cache_.on_failure(now_);
  EXPECT_EQ(find("a"), std::nullopt);
  EXPECT_FALSE(cache_.is_stale(now_)); // not at once again
  now_ += key_cache::pause_after_failure;
  EXPECT_TRUE(cache_.is_stale(now_));
}

TEST_F(KeyCache, ServesForADayWithoutANewerSet) {
  fetched("a");
  for (int hours = 1; hours < 24; ++hours) {
    now_ = start + std::chrono::hours{hours};
    failed();
    EXPECT_EQ(find("a"), std::nullopt) << hours;
  }
  now_ = start + 24h;
  EXPECT_EQ(find("a"), ec::not_ready);
  failed();
  EXPECT_EQ(find("a"), ec::unavailable);
}

} // namespace
} // namespace lastseen
