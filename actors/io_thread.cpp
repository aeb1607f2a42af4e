#include "actors/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <caf/resumable.hpp>

#include <algorithm>
#include <utility>

namespace lastseen {

namespace {

thread_local io_thread* current_thread = nullptr;

} // namespace

io_thread::io_thread(caf::actor_system& sys)
  : execution_unit(&sys),
    buffer_(std::make_unique<std::array<char, receive_buffer_size>>()) {}

io_thread::~io_thread() {
  join();
}

io_thread* io_thread::current() noexcept {
  return current_thread;
}

local_time io_thread::now() noexcept {
  if (!now_)
    now_ = boot_clock::now() + ahead_;
  return *now_;
}

void io_thread::advance(boot_clock::duration by) {
  ahead_ += by;
  now_.reset();
  wheel_.advance(now());
}

void io_thread::start() {
  thread_ = std::thread([this] { run(); });
}

void io_thread::join() {
  if (!thread_.joinable())
    return;
  boost::asio::post(io_, [this] { stopping_ = true; });
  thread_.join();
}

void io_thread::exec_later(caf::resumable* job) {
  if (current_thread == this)
    ready_.push_back(job);
  else
    post([this, job] { ready_.push_back(job); });
}

void io_thread::post(std::function<void()> f) {
  auto* from = current_thread;
  if (from == nullptr || from == this)
    return boost::asio::post(io_, std::move(f));
  auto& all = from->posts_;
  auto i = std::find_if(all.begin(), all.end(),
                        [this](const posts& x) { return x.to == this; });
  if (i == all.end())
    i = all.insert(all.end(), {this, {}});
  i->what.push_back(std::move(f));
}

void io_thread::send_posts() {
  for (auto& x : posts_) {
    if (x.what.empty())
      continue;
    boost::asio::post(x.to->io_, [all = std::move(x.what)] {
      for (const auto& f : all)
        f();
    });
    x.what = {};
  }
}

void io_thread::at_turn_end(std::shared_ptr<turn_end_task> task) {
  turn_end_.push_back(std::move(task));
}

void io_thread::schedule(wheel_entry& entry, local_time deadline) {
  wheel_.schedule(entry, deadline);
  arm_wheel();
}

void io_thread::run() {
  current_thread = this;
  while (!stopping_ || !ready_.empty()) {
    now_.reset();
    if (ready_.empty() && turn_end_.empty())
      io_.run_one();
    io_.poll();
    run_actors();
    run_turn_end();
    send_posts();
  }
}

void io_thread::run_actors() {
  for (std::size_t i = 0; i < max_passes_per_turn && !ready_.empty(); ++i) {
    running_.swap(ready_);
    for (auto* job : running_) {
      if (job->resume(this, max_messages_per_resume)
          == caf::resumable::resume_later)
        ready_.push_back(job);
      else
        caf::intrusive_ptr_release(job); // done, or waiting for a message
    }
    running_.clear();
  }
}

void io_thread::run_turn_end() {
  ending_.swap(turn_end_);
  for (auto& task : ending_)
    task->on_turn_end();
  ending_.clear();
}

void io_thread::arm_wheel() {
  if (wheel_armed_)
    return;
  wheel_armed_ = true;
  // All threads tick at the same moments: what their connections then say
  // meets in one batch to the store.
  auto since = boot_clock::now().time_since_epoch() % timing_wheel::tick;
  wheel_timer_.expires_after(timing_wheel::tick - since);
  wheel_timer_.async_wait([this](boost::system::error_code ec) {
    wheel_armed_ = false;
    if (ec)
      return;
    wheel_.advance(now());
    if (!wheel_.empty())
      arm_wheel();
  });
}

} // namespace lastseen
