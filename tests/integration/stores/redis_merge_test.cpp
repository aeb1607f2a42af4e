#include "redis/status_store.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

// The script (redis/scripts/merge.lua) does what lastseen::merge does: the same
// random events go through both, and after every batch the values, the times
// to live and the counters must be the same.

namespace lastseen::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using namespace std::string_literals;

struct key {
  std::optional<std::string> value; // none: absent, or of another type
  bool other_type = false;
  stamp expires_at = 0; // 0: never
};

class MergeScript : public testing::TestWithParam<retention> {
protected:
  redis::store_options options() {
    redis::store_options x;
    x.address = server_.address();
    x.keep = keep_;
    return x;
  }

  stamp random(stamp bound) {
    return static_cast<stamp>(engine_()) % bound;
  }

  // Close to `now`, to a bound that matters, or to what was drawn before.
  stamp random_time(stamp now) {
    return std::max<stamp>(any_time(now), 1);
  }

  stamp any_time(stamp now) {
    auto expire = static_cast<stamp>(keep_.expire_interval.count());
    auto guard = static_cast<stamp>(keep_.delete_guard.count());
    switch (random(8)) {
      case 0:
        return now - expire + random(7) - 3;
      case 1:
        return now - guard + random(7) - 3;
      case 2:
        return now - random(expire + 1);
      case 3:
        return now + random(2) * random(1'000'000);
      case 4:
      case 5:
        if (!drawn_.empty())
          return drawn_[static_cast<std::size_t>(
            random(static_cast<stamp>(drawn_.size())))];
        [[fallthrough]];
      default:
        drawn_.push_back(now - random(5));
        if (drawn_.size() > 20)
          drawn_.erase(drawn_.begin());
        return drawn_.back();
    }
  }

  std::string random_state() {
    static const std::vector<std::string> states{""s,
                                                 ""s,
                                                 "a"s,
                                                 "b"s,
                                                 "B"s,
                                                 "ab"s,
                                                 "a\0b"s,
                                                 "a\xff"s,
                                                 "\xc3\xa9"s,
                                                 "0"s,
                                                 "1627107289123"s};
    return states[static_cast<std::size_t>(
      random(static_cast<stamp>(states.size())))];
  }

  record random_record(stamp now) {
    record x;
    if (random(2) == 0)
      x.active = random_time(now);
    if (random(2) == 0)
      x.online = random_time(now);
    if (random(5) == 0)
      x.deleted = random_time(now);
    if (random(2) == 0) {
      x.changed = random_time(now);
      x.state = random_state();
    }
    return x;
  }

  // What someone else may have put there.
  std::string foreign_value(stamp now) {
    auto whole = encode(random_record(now));
    switch (random(6)) {
      case 0:
        return whole.substr(0, static_cast<std::size_t>(
                                 random(static_cast<stamp>(whole.size()))));
      case 1:
        whole[static_cast<std::size_t>(
          random(static_cast<stamp>(whole.size())))] = 'x';
        return whole;
      case 2:
        return whole + ":0000000000000state"; // a state of an unknown time
      case 3:
        return whole + "7";
      case 4:
        return whole.substr(0, 26) + "D0000000000000"; // a delete of no time
      default:
        return whole;
    }
  }

  void disturb(const std::string& user, key& x, stamp now) {
    auto name = "lastseen.user_status." + user;
    x = key{};
    switch (random(4)) {
      case 0:
        server_.command({"DEL", name});
        break;
      case 1:
        server_.command({"DEL", name});
        server_.command({"RPUSH", name, "a", "list"});
        x.other_type = true;
        break;
      default:
        x.value = foreign_value(now);
        server_.command({"SET", name, *x.value});
    }
  }

  // Applies the event to the model.
  void apply(key& x, const record& event, stamp now, write_report& report) {
    auto stored = x.value ? decode(*x.value) : std::nullopt;
    auto out = merge(stored, event, now, keep_);
    report.expired += out.expired ? 1 : 0;
    report.guarded += out.guarded ? 1 : 0;
    report.deleted += out.deleted ? 1 : 0;
    report.unparsable += x.other_type || (x.value && !stored) ? 1 : 0;
    if (out.action == merge_action::keep)
      return;
    ++report.changed;
    x = key{};
    if (out.action == merge_action::put) {
      x.value = encode(out.value);
      x.expires_at = out.expires_at;
    }
  }

  retention keep_ = GetParam();
  redis_server server_;
  context_thread io_;
  std::mt19937 engine_{20210731};
  std::vector<stamp> drawn_;
};

TEST_P(MergeScript, IsTheMergeOfTheStatusFolder) {
  constexpr auto users = 250;
  constexpr auto rounds = 40;
  // Redis' clock for expiry may be a little behind its TIME.
  constexpr stamp slack = 5;
  store_under_test x{redis::make_store(io_.context(), options())};
  std::map<std::string, key> model;
  write_report seen; // that the cases were there at all
  auto unsure = 0;
  for (auto round = 0; round < rounds; ++round) {
    auto guess = x.now();
    std::vector<status_write> batch;
    for (auto i = 0; i < users; ++i) {
      auto user = "u" + std::to_string(i);
      if (random(20) == 0)
        disturb(user, model[user], guess);
      batch.push_back({user, random_record(guess)});
    }
    auto report = x.write(batch);
    ASSERT_TRUE(report) << report.error().what;
    auto now = report->clock.server / 1000;
    write_report expected;
    auto all_sure = true;
    for (auto& [user, event, awaited] : batch) {
      auto& old = model[user];
      auto name = "lastseen.user_status." + user;
      auto sure = old.expires_at == 0 || std::abs(old.expires_at - now) > slack;
      if (old.expires_at != 0 && old.expires_at <= now)
        old = key{};
      auto before = old;
      apply(old, event, now, expected);
      auto real = server_.command({"GET", name});
      if (!sure) {
        all_sure = false;
        ++unsure;
        old = key{};
        server_.command({"DEL", name});
        continue;
      }
      // Gone before it could be looked at.
      if (real == "(nil)" && old.expires_at != 0
          && old.expires_at - x.now() < slack)
        continue;
      if (old.other_type) {
        EXPECT_TRUE(real.starts_with("WRONGTYPE")) << real;
        continue;
      }
      ASSERT_EQ(real, old.value.value_or("(nil)"))
        << "event " << encode(event) << " at " << now << " on "
        << before.value.value_or("(nil)");
      if (old.expires_at != 0) {
        ASSERT_EQ(server_.command({"PEXPIRETIME", name}),
                  std::to_string(old.expires_at));
      } else if (old.value) {
        ASSERT_EQ(server_.command({"PTTL", name}), "-1");
      }
    }
    if (all_sure) {
      ASSERT_EQ(report->changed, expected.changed);
      ASSERT_EQ(report->unparsable, expected.unparsable);
      ASSERT_EQ(report->expired, expected.expired);
      ASSERT_EQ(report->guarded, expected.guarded);
      ASSERT_EQ(report->deleted, expected.deleted);
    }
    seen.changed += expected.changed;
    seen.unparsable += expected.unparsable;
    seen.expired += expected.expired;
    seen.guarded += expected.guarded;
    seen.deleted += expected.deleted;
  }
  EXPECT_LT(unsure, users * rounds / 4);
  EXPECT_GT(seen.changed, 100u);
  EXPECT_GT(seen.unparsable, 10u);
  if (keep_.delete_guard > milliseconds{0}) {
    EXPECT_GT(seen.deleted, 10u);
  }
  if (keep_.expire_interval < hours{24 * 365 * 10}) {
    EXPECT_GT(seen.expired, 10u);
    // With equal intervals the first one takes all.
    if (keep_.delete_guard < keep_.expire_interval) {
      EXPECT_GT(seen.guarded, 10u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
  Retentions, MergeScript,
  testing::Values(retention{hours{744}, hours{1}},
                  retention{milliseconds{2'000}, milliseconds{300}},
                  retention{milliseconds{500}, milliseconds{500}},
                  retention{milliseconds{1'000}, milliseconds{0}},
                  // Longer than the Unix epoch is old.
                  retention{hours{24 * 365 * 100}, hours{24 * 365 * 90}}),
  [](const auto& x) {
    return std::to_string(x.param.expire_interval.count()) + "And"
           + std::to_string(x.param.delete_guard.count());
  });

} // namespace
} // namespace lastseen::test
