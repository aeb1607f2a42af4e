#pragma once

#include "redis/status_store.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the tests of the Redis connection share.
namespace lastseen::test {

using std::chrono::milliseconds;

/// What a store told of its link.
class link_log {
public:
  store::link_handler handler() {
    return [state = state_](store_link link) {
      std::lock_guard guard{state->mutex};
      state->all.push_back(std::move(link));
      state->changed.notify_all();
    };
  }

  /// Waits for the next one of those not looked at before that fits.
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

/// Counts how often each of many handlers was called, and with what.
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

inline user_list one(std::string_view user) {
  user_list users;
  users.add(user);
  return users;
}

inline stamp wall_now() {
  return std::chrono::duration_cast<milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

inline void close(store& x) {
  std::promise<void> closed;
  x.close([&] { closed.set_value(); });
  ASSERT_EQ(closed.get_future().wait_for(patience), std::future_status::ready);
}

/// Accepts and says the same to each client, whatever it asks.
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

/// Makes stores whose handlers run on a thread of the test.
class redis_connection : public testing::Test {
protected:
  std::unique_ptr<store> make(const config::redis_address& address,
                              std::shared_ptr<redis::tls> tls = nullptr) {
    redis::store_options x;
    x.tls = std::move(tls);
    x.address = address;
    return redis::make_store(io_.context(), x);
  }

  context_thread io_;
};

} // namespace lastseen::test
