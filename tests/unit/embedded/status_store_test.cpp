#include "embedded/status_store.hpp"
#include "embedded/status_table.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/store_under_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

// What is special about this store; what all stores do is tested in
// tests/integration/stores.

namespace lastseen::embedded {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr stamp start = 1'627'107'289'123;

// A wall clock moved by hand.
class hand_clock {
public:
  void set(stamp ms) {
    now_ = ms;
  }

  auto function() {
    return [this] { return system_clock::time_point{milliseconds{now_}}; };
  }

private:
  std::atomic<stamp> now_ = start;
};

class EmbeddedStore : public testing::Test {
protected:
  options with_clock(std::string path = ":memory:") {
    options out;
    out.path = std::move(path);
    out.now = clock_.function();
    return out;
  }

  static test::store_under_test open(options opts) {
    return test::store_under_test{
      std::move(make_store(std::move(opts)).value())};
  }

  test::temporary_directory directory_;
  std::string path_ = directory_.path("lastseen.db");
  hand_clock clock_;
};

TEST_F(EmbeddedStore, IsNamedAfterItsFile) {
  options opts;
  opts.path = path_;
  EXPECT_EQ(make_store(opts).value()->name(), "embedded " + path_);
  EXPECT_EQ(make_store({}).value()->name(), "embedded :memory:");
}

TEST_F(EmbeddedStore, SaysWhyAFileCannotBeOpened) {
  auto first = open(with_clock(path_));
  auto second = make_store(with_clock(path_));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ec::bad_config);
  EXPECT_EQ(second.error().what, "user_status.embedded.path: \"" + path_
                                   + "\": in use by another process");
}

TEST_F(EmbeddedStore, IsUpBeforeOpenReturns) {
  auto store = std::move(make_store(with_clock()).value());
  std::vector<store_link> links;
  store->open([&](store_link x) { links.push_back(x); });
  ASSERT_EQ(links.size(), 1u);
  EXPECT_TRUE(links[0].up);
  EXPECT_EQ(links[0].clock.server, start * 1000);
}

TEST_F(EmbeddedStore, ClockIsTheWallClock) {
  auto x = open(with_clock());
  EXPECT_EQ(x.now(), start);
  clock_.set(start + 7);
  EXPECT_EQ(x.now(), start + 7);
}

TEST_F(EmbeddedStore, ClockDoesNotGoBack) {
  auto x = open(with_clock());
  clock_.set(start - 100'000);
  EXPECT_EQ(x.now(), start);
  x.write("alice", record{start, 0, 0, 0, ""});
  EXPECT_EQ(x.read("alice").active, start);
  clock_.set(start + 1);
  EXPECT_EQ(x.now(), start + 1);
}

TEST_F(EmbeddedStore, ExpiresByTheWallClock) {
  auto opts = with_clock();
  opts.keep.expire_interval = milliseconds{1'000};
  opts.keep.delete_guard = milliseconds{1'000};
  auto x = open(opts);
  x.write("alice", record{start, 0, 0, 0, ""});
  clock_.set(start + 999);
  EXPECT_EQ(x.read("alice").active, start);
  clock_.set(start + 1'000);
  EXPECT_EQ(x.read("alice"), record{});
}

TEST_F(EmbeddedStore, KeepsStatusesFromOneRunToTheNext) {
  record update{start - 3, start - 2, 0, start - 1, "dnd"};
  open(with_clock(path_)).write("alice", update);
  EXPECT_EQ(open(with_clock(path_)).read("alice"), update);
}

TEST_F(EmbeddedStore, RemovesExpiredRowsBeforeACallWhenItIsTime) {
  {
    auto x = open(with_clock(path_));
    x.write("alice", record{start, 0, 0, 0, ""});
    clock_.set(start + 1);
    x.write("bob", record{start + 1, 0, 0, 0, ""});
  }
  retention keep;
  clock_.set(start + static_cast<stamp>(keep.expire_interval.count()));
  {
    auto opts = with_clock(path_);
    opts.sweep_interval = std::chrono::hours{1};
    auto x = open(opts);
    EXPECT_EQ(x.read("bob").active, start + 1);
  }
  EXPECT_EQ(status_table::open(path_, keep).value().size().value(), 1u);
}

TEST_F(EmbeddedStore, RemovesExpiredRowsWithoutCalls) {
  auto opts = with_clock(path_);
  opts.sweep_interval = milliseconds{1};
  std::atomic<int> looks = 0;
  opts.now = [&, now = clock_.function()] {
    ++looks;
    return now();
  };
  {
    auto x = open(opts);
    x.write("alice", record{start, 0, 0, 0, ""});
    clock_.set(start + static_cast<stamp>(opts.keep.expire_interval.count()));
    auto deadline = std::chrono::steady_clock::now() + test::patience;
    auto until = looks + 5;
    while (looks < until && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
  }
  EXPECT_EQ(status_table::open(path_, opts.keep).value().size().value(), 0u);
}

TEST_F(EmbeddedStore, ErrorsBeginWithItsName) {
  auto x = open(with_clock(path_));
  x.close();
  auto read = x.read(user_list{});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "embedded " + path_ + ": closed");
}

TEST_F(EmbeddedStore, CanBeClosedWithoutBeingOpened) {
  auto store = std::move(make_store(with_clock(path_)).value());
  auto closed = false;
  store->close([&] { closed = true; });
  EXPECT_TRUE(closed);
}

TEST_F(EmbeddedStore, CanBeDestroyedWithoutBeingClosed) {
  std::promise<result<write_report>> answer;
  {
    auto store = std::move(make_store(with_clock(path_)).value());
    store->open([](const store_link&) {});
    store->write(test::store_under_test::share({{"alice", record{}}}),
                 [&](result<write_report> x) { answer.set_value(x); });
  }
  // Answered, either way, and the file is free.
  auto answered = answer.get_future();
  EXPECT_EQ(answered.wait_for(std::chrono::seconds{0}),
            std::future_status::ready);
  EXPECT_TRUE(make_store(with_clock(path_)));
}

TEST_F(EmbeddedStore, FileIsFreeWhenCloseIsDone) {
  auto x = open(with_clock(path_));
  x.write("alice", record{start, 0, 0, 0, ""});
  auto store = x.release();
  std::promise<result<bool>> opened;
  store->close(
    [&] { opened.set_value(make_store(with_clock(path_)).has_value()); });
  EXPECT_TRUE(test::wait_for(opened.get_future()).value());
}

} // namespace
} // namespace lastseen::embedded
