#pragma once

#include "status/merge.hpp"
#include "status/store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lastseen::test {

/// A store in memory that can be told to be slow, to fail and to crash its
/// caller. It answers before the call returns, unless told otherwise. Usable
/// from any thread.
class memory_store : public store {
public:
  /// The shard's clock shows this much more than the local one.
  static constexpr stamp epoch = 1'600'000'000'000;

  explicit memory_store(std::function<local_time()> now,
                        std::string name = "memory")
    : now_(std::move(now)), name_(std::move(name)) {}

  // -- what a test tells it ---------------------------------------------------

  /// Answers to calls from now on wait for `release`.
  void hold() {
    std::lock_guard guard{mutex_};
    holding_ = true;
  }

  /// Only reads wait.
  void hold_reads() {
    std::lock_guard guard{mutex_};
    holding_reads_ = true;
  }

  /// Gives the answers that wait, and from now on at once.
  void release() {
    std::vector<std::function<void()>> held;
    {
      std::lock_guard guard{mutex_};
      holding_ = holding_reads_ = false;
      held.swap(held_);
    }
    for (auto& answer : held)
      answer();
  }

  /// The next calls fail.
  void fail(std::size_t calls, ec code) {
    std::lock_guard guard{mutex_};
    failures_ = calls;
    code_ = code;
  }

  /// The next writes throw, which ends the actor that called.
  void crash(std::size_t writes) {
    std::lock_guard guard{mutex_};
    crashes_ = writes;
  }

  /// The link comes up or goes down.
  void set_link(bool up) {
    on_link_(up ? store_link{true, sample(), {}}
                : store_link{false, {}, failure(ec::unavailable, "link")});
  }

  // -- what a test sees -------------------------------------------------------

  /// What is stored.
  record stored(const std::string& user) {
    std::lock_guard guard{mutex_};
    auto i = records_.find(user);
    return i == records_.end() ? record{} : i->second;
  }

  void put(const std::string& user, stamp active, stamp online = 0) {
    std::lock_guard guard{mutex_};
    records_[user].active = active;
    records_[user].online = online;
  }

  /// Calls of `write` so far.
  std::size_t writes() {
    std::lock_guard guard{mutex_};
    return writes_;
  }

  /// Calls of `read` so far.
  std::size_t reads() {
    std::lock_guard guard{mutex_};
    return reads_;
  }

  /// Calls whose answers wait.
  std::size_t held() {
    std::lock_guard guard{mutex_};
    return held_.size();
  }

  /// A local time on this store's clock.
  static stamp stamp_of(local_time t) {
    return epoch
           + std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch())
               .count();
  }

  // -- store ------------------------------------------------------------------

  const std::string& name() const noexcept override {
    return name_;
  }

  void open(link_handler on_link) override {
    on_link_ = std::move(on_link);
    set_link(true);
  }

  void write(write_batch batch, write_handler done) override {
    answer(false, std::move(done), [this, batch = std::move(batch)] {
      write_report out;
      out.clock = sample();
      for (const auto& x : *batch)
        merge_into(records_[x.user], x.update, out);
      return result<write_report>{out};
    });
  }

  void read(user_list users, read_handler done) override {
    answer(true, std::move(done), [this, users = std::move(users)] {
      read_report out;
      for (std::size_t i = 0; i < users.size(); ++i) {
        auto found = records_.find(std::string{users[i]});
        out.records.add(found == records_.end() ? record{} : found->second);
      }
      return result<read_report>{std::move(out)};
    });
  }

  void close(std::function<void()> done) override {
    release();
    done();
  }

private:
  clock_sample sample() {
    auto t = now_();
    return {epoch * 1000 + t.time_since_epoch().count(), t, t};
  }

  error failure(ec code, std::string_view what) const {
    return {code, name_ + ": " + std::string{what} + ": injected"};
  }

  void merge_into(record& stored, const record& update, write_report& out) {
    std::optional<record> old;
    if (stored != record{})
      old = stored;
    auto outcome = merge(old, update, stamp_of(now_()), retention{});
    out.changed += outcome.action != merge_action::keep;
    stored = outcome.value;
  }

  // `work` runs under the lock, `done` does not.
  template <class Done, class Work>
  void answer(bool reads, Done done, Work work) {
    std::unique_lock guard{mutex_};
    if (reads) {
      ++reads_;
    } else {
      ++writes_;
      if (crashes_ != 0) {
        --crashes_;
        throw std::runtime_error("injected");
      }
    }
    if (failures_ != 0) {
      --failures_;
      auto code = code_;
      guard.unlock();
      return done(failure(code, reads ? "read" : "write"));
    }
    if (holding_ || (reads && holding_reads_)) {
      held_.push_back([this, done = std::move(done), work = std::move(work)] {
        std::unique_lock lock{mutex_};
        auto outcome = work();
        lock.unlock();
        done(std::move(outcome));
      });
      return;
    }
    auto outcome = work();
    guard.unlock();
    done(std::move(outcome));
  }

  std::function<local_time()> now_;
  std::string name_;
  link_handler on_link_;
  std::mutex mutex_;
  std::map<std::string, record> records_;
  std::vector<std::function<void()>> held_;
  bool holding_ = false;
  bool holding_reads_ = false;
  std::size_t failures_ = 0;
  ec code_ = ec::unavailable;
  std::size_t crashes_ = 0;
  std::size_t writes_ = 0;
  std::size_t reads_ = 0;
};

} // namespace lastseen::test
