#include "redis/status_store.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

// The life of the connection, seen through the store.

namespace lastseen::test {
namespace {

using std::chrono::milliseconds;

// What a store told of its link.
class link_log {
public:
  store::link_handler handler() {
    return [state = state_](store_link link) {
      std::lock_guard guard{state->mutex};
      state->all.push_back(std::move(link));
      state->changed.notify_all();
    };
  }

  // Waits for the next one of those not looked at before that fits.
  store_link next(const std::function<bool(const store_link&)>& fits) {
    std::unique_lock guard{state_->mutex};
    auto& all = state_->all;
    auto found = state_->changed.wait_for(guard, patience, [&] {
      while (seen_ < all.size())
        if (fits(all[seen_++]))
          return true;
      return false;
    });
    EXPECT_TRUE(found) << "the link did not change";
    return found ? all[seen_ - 1] : store_link{};
  }

  store_link up() {
    return next([](const store_link& x) { return x.up; });
  }

  store_link down() {
    return next([](const store_link& x) { return !x.up; });
  }

private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<store_link> all;
  };

  std::shared_ptr<shared> state_ = std::make_shared<shared>();
  std::size_t seen_ = 0;
};

// Counts how often each of many handlers was called, and with what.
class calls {
public:
  explicit calls(std::size_t size) : state_{std::make_shared<shared>(size)} {}

  template <class T>
  std::function<void(result<T>)> handler(std::size_t i) {
    return [state = state_, i](const result<T>& x) {
      std::lock_guard guard{state->mutex};
      ++state->times[i];
      ++state->answered;
      if (!x)
        state->errors.push_back(x.error());
      state->changed.notify_all();
    };
  }

  void wait() {
    std::unique_lock guard{state_->mutex};
    EXPECT_TRUE(state_->changed.wait_for(guard, patience, [&] {
      return state_->answered >= state_->times.size();
    }));
  }

  void expect_once_each() {
    std::lock_guard guard{state_->mutex};
    for (auto times : state_->times)
      ASSERT_EQ(times, 1);
  }

  std::vector<error> errors() {
    std::lock_guard guard{state_->mutex};
    return state_->errors;
  }

private:
  struct shared {
    explicit shared(std::size_t size) : times(size) {}
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<int> times;
    std::size_t answered = 0;
    std::vector<error> errors;
  };

  std::shared_ptr<shared> state_;
};

user_list one(std::string_view user) {
  user_list users;
  users.add(user);
  return users;
}

stamp wall_now() {
  return std::chrono::duration_cast<milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

void close(store& x) {
  std::promise<void> closed;
  x.close([&] { closed.set_value(); });
  ASSERT_EQ(closed.get_future().wait_for(patience), std::future_status::ready);
}

// Accepts and says the same to each client, whatever it asks.
class parrot {
public:
  explicit parrot(std::string text, bool hang_up = false)
    : text_{std::move(text)}, hang_up_{hang_up} {
    boost::asio::post(io_.context(), [this] { accept(); });
  }

  ~parrot() {
    io_.join();
  }

  config::redis_address address() const {
    config::redis_address x;
    x.host = "127.0.0.1";
    x.port = acceptor_.local_endpoint().port();
    return x;
  }

private:
  using tcp = boost::asio::ip::tcp;

  void accept() {
    acceptor_.async_accept([this](auto failed, tcp::socket socket) {
      if (failed)
        return;
      boost::system::error_code ignored;
      auto kept = std::make_shared<tcp::socket>(std::move(socket));
      boost::asio::write(*kept, boost::asio::buffer(text_), ignored);
      if (!hang_up_)
        kept_.push_back(kept);
      accept();
    });
  }

  std::string text_;
  bool hang_up_;
  context_thread io_;
  tcp::acceptor acceptor_{
    io_.context(), tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
  std::vector<std::shared_ptr<tcp::socket>> kept_;
};

class RedisConnection : public testing::Test {
protected:
  std::unique_ptr<store> make(const config::redis_address& address) {
    redis::store_options x;
    x.address = address;
    return redis::make_store(io_.context(), x);
  }

  // The cause why a store at that address does not come up.
  error cause_of(const config::redis_address& address) {
    auto x = make(address);
    link_log links;
    x->open(links.handler());
    auto first = links.down().cause;
    EXPECT_EQ(links.down().cause.code, first.code); // and it is tried again
    calls reads{1};
    x->read(one("alice"), reads.handler<read_report>(0));
    reads.wait();
    if (auto errors = reads.errors(); errors.size() == 1) {
      EXPECT_EQ(errors[0].code, ec::unavailable);
      EXPECT_NE(errors[0].what.find(": MGET: not connected: "),
                std::string::npos)
        << errors[0].what;
    } else {
      ADD_FAILURE() << "read without a connection";
    }
    close(*x);
    return first;
  }

  context_thread io_;
};

TEST_F(RedisConnection, RefusedConnectSaysWhereAndWhy) {
  redis_server server;
  auto address = server.address();
  server.stop();
  auto cause = cause_of(address);
  EXPECT_EQ(cause.code, ec::unavailable);
  EXPECT_EQ(cause.what, "redis 127.0.0.1:" + std::to_string(address.port)
                          + ": connect: Connection refused");
}

TEST_F(RedisConnection, UnknownHostsAndPathsAreTold) {
  config::redis_address address;
  address.host = "no-such-host.invalid";
  EXPECT_TRUE(cause_of(address).what.starts_with(
    "redis no-such-host.invalid:6379: resolve: "));
  address.host = "";
  address.unix_path = "/nowhere/redis.sock";
  EXPECT_EQ(cause_of(address).what, "redis /nowhere/redis.sock: connect: No "
                                    "such file or directory");
}

TEST_F(RedisConnection, HostNamesAreResolved) {
  redis_server server;
  auto address = server.address();
  address.host = "localhost";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
  EXPECT_TRUE(x.raw().name().starts_with("redis localhost:"));
}

TEST_F(RedisConnection, WrongPasswordIsToldWithoutIt) {
  redis_server server{{"--requirepass", "right-one"}};
  auto address = server.address();
  EXPECT_NE(cause_of(address).what.find("NOAUTH"), std::string::npos);
  address.password = "wrong-one";
  auto cause = cause_of(address);
  EXPECT_EQ(cause.code, ec::not_ready);
  EXPECT_NE(cause.what.find(": AUTH: WRONGPASS"), std::string::npos)
    << cause.what;
  EXPECT_EQ(cause.what.find("wrong-one"), std::string::npos);
  address.user = "nobody";
  EXPECT_EQ(cause_of(address).code, ec::not_ready);
  address.user = "";
  address.password = "right-one";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
}

TEST_F(RedisConnection, AclUsersAreUsed) {
  redis_server server;
  // What docs/redis.md says is enough.
  EXPECT_EQ(server.command({"ACL", "SETUSER", "app", "on", ">pass word",
                            "~lastseen.user_status.*", "+evalsha",
                            "+script|load", "+time", "+mget", "+set", "+del",
                            "+exists", "+select", "+client|setname"}),
            "OK");
  auto address = server.address();
  address.user = "app";
  address.password = "pass word";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
  auto t = x.now();
  x.write("alice", {t, 0, 0, 0, ""});
  EXPECT_EQ(x.read("alice").active, t);
  EXPECT_EQ(x.write("bob", {1, 0, 0, 0, ""}).expired, 1u);
  server.command(
    {"SET", "lastseen.user_status.carol", "00000000000010000000000001"});
  x.write("carol", {0, 0, t, 0, ""});
  EXPECT_EQ(x.read("carol").deleted, t);
  EXPECT_NE(server.command({"CLIENT", "LIST"}).find("user=app "),
            std::string::npos);
}

TEST_F(RedisConnection, WrongDatabaseIsTold) {
  redis_server server;
  auto address = server.address();
  address.db = 99;
  auto cause = cause_of(address);
  EXPECT_NE(cause.what.find(": SELECT: ERR DB index is out of range"),
            std::string::npos)
    << cause.what;
}

TEST_F(RedisConnection, GarbageIsAProtocolError) {
  for (auto text :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n", "$99x\r\n", "*2\r\n?"}) {
    parrot server{text};
    auto cause = cause_of(server.address());
    EXPECT_EQ(cause.code, ec::unavailable);
    EXPECT_NE(cause.what.find(": protocol error: "), std::string::npos)
      << cause.what;
  }
}

TEST_F(RedisConnection, AReplyTooMuchIsAProtocolError) {
  parrot server{"$3\r\nsha\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n:1\r\n"};
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  EXPECT_NE(links.down().cause.what.find("reply without a command"),
            std::string::npos);
  close(*x);
}

TEST_F(RedisConnection, AServerThatHangsUpIsTold) {
  parrot server{"", true};
  auto what = cause_of(server.address()).what;
  EXPECT_TRUE(what.find("connection closed by the server") != std::string::npos
              || what.find("Connection reset by peer") != std::string::npos)
    << what;
}

TEST_F(RedisConnection, ASilentServerTimesOut) {
  parrot server{""};
  auto address = server.address();
  address.io_timeout = milliseconds{50};
  EXPECT_EQ(cause_of(address).what,
            "redis 127.0.0.1:" + std::to_string(address.port)
              + ": SCRIPT LOAD: timeout after 50ms");
}

TEST_F(RedisConnection, ComesBackWithTheServer) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  for (auto round = 0; round < 3; ++round) {
    EXPECT_GT(links.up().clock.server, 0);
    calls writes{1};
    auto t = wall_now();
    x->write(store_under_test::share({{"alice", {t, 0, 0, 0, ""}}}),
             writes.handler<write_report>(0));
    writes.wait();
    EXPECT_TRUE(writes.errors().empty());
    if (round % 2 == 0)
      server.kill9();
    else
      server.stop();
    EXPECT_EQ(links.down().cause.code, ec::unavailable);
    server.start();
  }
  links.up();
  close(*x);
}

TEST_F(RedisConnection, EveryHandlerIsCalledOnceWhenTheServerIsKilled) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  for (auto round = 0; round < 3; ++round) {
    links.up();
    constexpr std::size_t size = 2'000;
    calls all{size};
    for (std::size_t i = 0; i < size; ++i) {
      auto user = "u" + std::to_string(i);
      if (i % 2 == 0)
        x->read(one(user), all.handler<read_report>(i));
      else
        x->write(store_under_test::share({{user, {wall_now(), 0, 0, 0, ""}}}),
                 all.handler<write_report>(i));
      if (i == size / 2)
        server.kill9();
    }
    all.wait();
    all.expect_once_each();
    auto errors = all.errors();
    EXPECT_FALSE(errors.empty());
    for (auto& failed : errors)
      EXPECT_EQ(failed.code, ec::unavailable) << failed.what;
    server.start();
  }
  links.up();
  close(*x);
}

TEST_F(RedisConnection, AServerThatStandsStillTimesOutAndComesBack) {
  redis_server server;
  auto address = server.address();
  address.io_timeout = milliseconds{200};
  auto x = make(address);
  link_log links;
  x->open(links.handler());
  links.up();
  server.pause();
  constexpr std::size_t size = 100;
  calls reads{size};
  auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < size; ++i)
    x->read(one("alice"), reads.handler<read_report>(i));
  reads.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{199});
  reads.expect_once_each();
  auto errors = reads.errors();
  ASSERT_EQ(errors.size(), size);
  for (auto& failed : errors)
    EXPECT_EQ(failed.what, x->name() + ": MGET: timeout after 200ms");
  EXPECT_EQ(links.down().cause.what, errors[0].what);
  server.resume();
  links.up();
  calls again{1};
  x->read(one("alice"), again.handler<read_report>(0));
  again.wait();
  EXPECT_TRUE(again.errors().empty());
  close(*x);
}

TEST_F(RedisConnection, AnIdleConnectionDoesNotTimeOut) {
  redis_server server;
  auto address = server.address();
  address.io_timeout = milliseconds{20};
  store_under_test x{make(address)};
  auto first = server.command({"CLIENT", "LIST"});
  x.wait_until(x.now() + 10);
  // Nothing to wait for here: that nothing happens takes its time.
  std::this_thread::sleep_for(milliseconds{100});
  x.now();
  auto id = [](const std::string& list) { return list.substr(0, 6); };
  EXPECT_EQ(id(server.command({"CLIENT", "LIST"})), id(first));
}

TEST_F(RedisConnection, CloseAnswersWhatIsUnderWay) {
  redis_server server;
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  links.up();
  server.pause();
  constexpr std::size_t size = 50;
  calls all{size + 1};
  for (std::size_t i = 0; i < size; ++i)
    x->read(one("alice"), all.handler<read_report>(i));
  close(*x);
  x->read(one("alice"), all.handler<read_report>(size));
  all.wait();
  all.expect_once_each();
  ASSERT_EQ(all.errors().size(), size + 1);
  for (auto& failed : all.errors())
    EXPECT_EQ(failed.code, ec::stopped) << failed.what;
}

TEST_F(RedisConnection, CloseAndDestructionAreFineInEveryPhase) {
  redis_server server;
  parrot silent{""};
  config::redis_address refused;
  refused.port = 1;
  refused.host = "127.0.0.1";
  for (auto& address : {server.address(), silent.address(), refused}) {
    { auto never_opened = make(address); }
    {
      auto not_closed = make(address);
      not_closed->open([](const store_link&) {});
    }
    auto x = make(address);
    x->open([](const store_link&) {});
    close(*x);
  }
}

TEST_F(RedisConnection, ALargePipelineIsAnsweredInOrder) {
  redis_server server;
  store_under_test x{make(server.address())};
  auto t = x.now();
  std::vector<status_write> batch;
  for (auto i = 0; i < 1'000; ++i)
    batch.push_back({"u" + std::to_string(i), {t - i, 0, 0, 0, ""}});
  ASSERT_TRUE(x.write(batch));
  constexpr std::size_t size = 200;
  calls reads{size};
  std::atomic<int> wrong = 0;
  for (std::size_t i = 0; i < size; ++i) {
    user_list users;
    for (std::size_t k = 0; k < 1'000; ++k)
      users.add("u" + std::to_string((i + k) % 1'000));
    x.raw().read(std::move(users), [&, i, done = reads.handler<read_report>(i)](
                                     const result<read_report>& report) {
      auto expected = t - static_cast<stamp>(i);
      if (!report || report->records[0].active != expected)
        ++wrong;
      done(report);
    });
  }
  reads.wait();
  reads.expect_once_each();
  EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace lastseen::test
