#include "embedded/worker.hpp"

#include <algorithm>
#include <utility>

namespace lastseen::embedded {

namespace {

constexpr std::size_t rows_per_sweep = 1000;

void fail(worker::task& x, const error& e) {
  std::visit([&](auto& y) { y.done(e); }, x);
}

} // namespace

worker::worker(std::string name, status_table table, options opts)
  : name_(std::move(name)), opts_(std::move(opts)), table_(std::move(table)) {}

void worker::add(task x) {
  {
    std::lock_guard lock{mutex_};
    if (!stopping_) {
      tasks_.push_back(std::move(x));
      changed_.notify_one();
      return;
    }
  }
  fail(x, error{ec::stopped, name_ + ": closed"});
}

void worker::stop(std::function<void()> done) {
  std::lock_guard lock{mutex_};
  if (stopping_)
    return;
  stopping_ = true;
  on_stopped_ = std::move(done);
  changed_.notify_one();
}

void worker::run() {
  while (auto x = next())
    std::visit([this](auto& y) { serve(y); }, *x);
  // Nothing is added any more.
  for (auto& x : tasks_)
    fail(x, error{ec::stopped, name_ + ": closed"});
  tasks_.clear();
  table_.reset();
  std::exchange(on_stopped_, nullptr)();
}

clock_sample worker::look() {
  using std::chrono::duration_cast;
  clock_sample out;
  out.sent = boot_clock::now();
  auto wall =
    duration_cast<std::chrono::microseconds>(opts_.now().time_since_epoch());
  out.received = boot_clock::now();
  latest_ = std::max<std::int64_t>(latest_, wall.count());
  out.server = latest_;
  return out;
}

// The next task, or nothing when stopped. Expired rows are removed while
// waiting, and before a task when it is time.
std::optional<worker::task> worker::next() {
  std::unique_lock lock{mutex_};
  for (;;) {
    auto woken = [this] { return stopping_ || !tasks_.empty(); };
    changed_.wait_until(lock, next_sweep_, woken);
    if (stopping_)
      return std::nullopt;
    if (steady_clock::now() >= next_sweep_) {
      lock.unlock();
      sweep();
      lock.lock();
    }
    if (!stopping_ && !tasks_.empty()) {
      auto out = std::move(tasks_.front());
      tasks_.pop_front();
      return out;
    }
  }
}

void worker::serve(write_task& x) {
  auto clock = look();
  auto report = table_->write(*x.batch, clock.server / 1000);
  if (!report)
    return x.done(failure("write", report.error()));
  report->clock = clock;
  x.done(std::move(report));
}

void worker::serve(read_task& x) {
  auto report = table_->read(x.users, look().server / 1000);
  if (!report)
    return x.done(failure("read", report.error()));
  x.done(std::move(report));
}

// Rows that cannot be removed now are invisible all the same.
void worker::sweep() {
  static_cast<void>(table_->sweep(look().server / 1000, rows_per_sweep));
  next_sweep_ = steady_clock::now() + opts_.sweep_interval;
}

error worker::failure(const char* what, const error& cause) const {
  return error{cause.code, name_ + ": " + what + ": " + cause.what};
}

} // namespace lastseen::embedded
