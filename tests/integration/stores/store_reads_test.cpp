#include "tests/integration/stores/store_conformance.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen::test {
namespace {

using namespace std::string_literals;

class StoreReads : public store_conformance {};

FOR_ALL_STORES(StoreReads);

TEST_P(StoreReads, UnknownUserIsAnEmptyRecord) {
  auto x = open();
  EXPECT_EQ(x.read("nobody"), record{});
}

TEST_P(StoreReads, GivesBackWhatWasWritten) {
  auto x = open();
  auto t = x.now();
  record all{t - 3, t - 2, 0, t - 1, "away"};
  x.write("alice", all);
  EXPECT_EQ(x.read("alice"), all);
}

TEST_P(StoreReads, AnswersEmptyCalls) {
  auto x = open();
  auto read = x.read(user_list{});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->records.empty());
  auto written = x.write(std::vector<status_write>{});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->changed, 0u);
  EXPECT_GT(written->clock.server, 0);
}

TEST_P(StoreReads, ReadsInTheOrderAskedForDuplicatesIncluded) {
  auto x = open();
  auto t = x.now();
  ASSERT_TRUE(x.write({{"a", active_at(t - 1)}, {"b", active_at(t - 2)}}));
  user_list users;
  for (auto user : {"b", "a", "nobody", "b", "b", "nobody", "a"})
    users.add(user);
  auto read = x.read(std::move(users));
  ASSERT_TRUE(read);
  auto a = active_at(t - 1);
  auto b = active_at(t - 2);
  EXPECT_EQ(read->records, (std::vector<record>{b, a, {}, b, b, {}, a}));
  EXPECT_EQ(read->unparsable, 0u);
}

TEST_P(StoreReads, TellsUsersOfAnyBytesApart) {
  auto x = open();
  auto t = x.now();
  std::vector<std::string> users{
    "a",
    "A",
    " a",
    "a ",
    "a\0"s,
    "a\0b"s,
    "\0"s,
    "a'b",
    "a\"b",
    "'; DROP TABLE x; --",
    "a\r\nb",
    "\r\n",
    "\n",
    "%s%n",
    "{a}",
    "*",
    "a:b",
    "a.b",
    "42",
    "042",
    "4.2e1",
    "\xd0\xb0",
    "\xd0\xb1",
    "\xf0\x9f\x98\x80",
    "\\",
    "\t",
    "\x7f",
    "NULL",
    std::string(511, 'u'),
    std::string(512, 'u'),
    std::string(512, '\0'),
  };
  std::vector<status_write> batch;
  for (std::size_t i = 0; i < users.size(); ++i)
    batch.push_back({users[i], active_at(t - static_cast<stamp>(i))});
  auto written = x.write(batch);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->changed, users.size());
  for (std::size_t i = 0; i < users.size(); ++i)
    EXPECT_EQ(x.read(users[i]), active_at(t - static_cast<stamp>(i)))
      << users[i];
}

TEST_P(StoreReads, KeepsStatesOfAnyBytes) {
  auto x = open();
  auto t = x.now();
  for (auto& state :
       {"0"s, "1627107289123"s, ":"s, "D1627107289123"s, ":1627107289123x"s,
        "a b"s, "\0"s, "a\0b"s, "\r\n"s, "\xd0\xb0"s, std::string(64, '~')}) {
    record update{t, 0, 0, ++t, state};
    x.wait_until(t);
    x.write("alice", update);
    EXPECT_EQ(x.read("alice").state, state);
  }
}

TEST_P(StoreReads, TakesBatchesOfFourThousandUsers) {
  auto x = open();
  auto t = x.now();
  std::vector<status_write> batch;
  batch.reserve(4096);
  for (auto i = 0; i < 4096; ++i)
    batch.push_back({"user:" + std::to_string(i), active_at(t - i % 100)});
  auto written = x.write(batch);
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(written->changed, 4096u);
  user_list users;
  for (auto i = 9'999; i >= 0; --i)
    users.add("user:" + std::to_string(i));
  auto read = x.read(std::move(users));
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->records.size(), 10'000u);
  for (auto i = 9'999; i >= 0; --i) {
    auto found = read->records[static_cast<std::size_t>(9'999 - i)];
    ASSERT_EQ(found, i < 4096 ? active_at(t - i % 100) : record{}) << i;
  }
}

TEST_P(StoreReads, CountsTheUsersThatChanged) {
  auto x = open();
  auto t = x.now();
  x.write("b", active_at(t - 5));
  x.write("c", active_at(t - 5));
  auto report = x.write({
    {"a", active_at(t)},
    {"b", active_at(t)},
    {"c", active_at(t - 5)},
    {"d", record{}},
    {"e", deleted_at(t)},
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->changed, 3u);
  EXPECT_EQ(report->unparsable, 0u);
  EXPECT_EQ(report->expired, 0u);
  EXPECT_EQ(report->guarded, 0u);
  EXPECT_EQ(x.read("d"), record{});
}

void expect_the_time(const clock_sample& x, local_time before) {
  EXPECT_GE(x.sent, before);
  EXPECT_LE(x.sent, x.received);
  EXPECT_LE(x.received, boot_clock::now());
  // The stores of these tests run on this machine.
  using namespace std::chrono;
  auto wall = system_clock::now().time_since_epoch();
  EXPECT_NEAR(static_cast<double>(x.server),
              static_cast<double>(duration_cast<microseconds>(wall).count()),
              5e6);
}

TEST_P(StoreReads, ShowsItsClock) {
  auto before = boot_clock::now();
  auto x = open();
  EXPECT_TRUE(x.link().up);
  // In a Cluster it is what is known of all masters' clocks, older looks at
  // the others included.
  auto slack =
    std::chrono::seconds{x.raw().name().starts_with("redis cluster ") ? 1 : 0};
  expect_the_time(x.link().clock, before - slack);
  std::int64_t last = 0;
  for (auto i = 0; i < 10; ++i) {
    before = boot_clock::now();
    auto report = x.write("alice", active_at(last));
    expect_the_time(report.clock, before - slack);
    EXPECT_GE(report.clock.server, last);
    last = report.clock.server;
  }
}

TEST_P(StoreReads, HasAName) {
  auto x = open();
  EXPECT_FALSE(x.raw().name().empty());
  EXPECT_EQ(x.raw().name().find('\n'), std::string::npos);
}

} // namespace
} // namespace lastseen::test
