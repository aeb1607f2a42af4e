#pragma once

#include "status/merge.hpp"
#include "status/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen::test {

/// No answer of a store takes this long.
constexpr std::chrono::seconds patience{10};

/// What a store stands on: a directory, a server. Alive while stores of it are.
class store_backend {
public:
  virtual ~store_backend() = default;

  /// A store that nothing was written to yet, not opened.
  virtual std::unique_ptr<store> make(const retention& keep) = 0;
};

/// Waits for a future's value; a default one, and a failed test, when there is
/// none in time.
template <class T>
T wait_for(std::future<T> x) {
  if (x.wait_for(patience) != std::future_status::ready) {
    ADD_FAILURE() << "no answer";
    return T{error{ec::unavailable, "no answer"}};
  }
  return x.get();
}

/// A store whose calls wait for their answers. Opened by the constructor,
/// closed by the destructor.
class store_under_test {
public:
  explicit store_under_test(std::unique_ptr<store> x) : store_(std::move(x)) {
    auto promise = std::make_shared<std::promise<result<store_link>>>();
    auto up = promise->get_future();
    // Shared, since a store may call copies of the handler.
    auto told = std::make_shared<bool>(false);
    store_->open([promise, told](const store_link& link) {
      if (link.up && !std::exchange(*told, true))
        promise->set_value(link);
    });
    if (auto link = wait_for(std::move(up)))
      link_ = *link;
  }

  ~store_under_test() {
    if (store_ && !closed_)
      close();
  }

  store_under_test(store_under_test&&) = default;
  store_under_test& operator=(store_under_test&&) = delete;

  /// As it was when the link came up.
  const store_link& link() const {
    return link_;
  }

  result<write_report> write(std::vector<status_write> batch) {
    return ask<write_report>([&](store::write_handler done) {
      store_->write(share(std::move(batch)), std::move(done));
    });
  }

  /// Writes the event of one user; fails the test where that fails.
  write_report write(std::string_view user, const record& update) {
    auto report = write({status_write{std::string{user}, update}});
    if (report)
      return *report;
    ADD_FAILURE() << report.error().what;
    return {};
  }

  result<read_report> read(user_list users) {
    return ask<read_report>([&](store::read_handler done) {
      store_->read(std::move(users), std::move(done));
    });
  }

  /// Reads one user; fails the test where that fails.
  record read(std::string_view user) {
    user_list users;
    users.add(user);
    auto report = read(std::move(users));
    if (report && report->records.size() == 1)
      return report->records[0];
    ADD_FAILURE() << (report ? "not one record" : report.error().what);
    return {};
  }

  /// What the store's clock shows.
  stamp now() {
    auto report = write(std::vector<status_write>{});
    if (report)
      return report->clock.server / 1000;
    ADD_FAILURE() << report.error().what;
    return 0;
  }

  /// Waits until the store's clock shows at least `t`.
  void wait_until(stamp t) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (now() < t)
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "the store's clock does not move";
        return;
      }
  }

  void close() {
    closed_ = true;
    auto promise = std::make_shared<std::promise<result<int>>>();
    auto closed = promise->get_future();
    store_->close([promise] { promise->set_value(0); });
    wait_for(std::move(closed));
  }

  store& raw() {
    return *store_;
  }

  /// Gives it away, as it is.
  std::unique_ptr<store> release() {
    return std::move(store_);
  }

  static write_batch share(std::vector<status_write> batch) {
    return std::make_shared<const std::vector<status_write>>(std::move(batch));
  }

private:
  // Starts a call with a handler and waits for what the handler gets.
  template <class T, class Start>
  static result<T> ask(Start start) {
    auto promise = std::make_shared<std::promise<result<T>>>();
    auto answer = promise->get_future();
    start([promise](result<T> x) { promise->set_value(std::move(x)); });
    return wait_for(std::move(answer));
  }

  std::unique_ptr<store> store_;
  store_link link_;
  bool closed_ = false;
};

} // namespace lastseen::test
