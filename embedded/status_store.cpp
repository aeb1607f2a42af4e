#include "embedded/status_store.hpp"

#include "embedded/worker.hpp"

#include <thread>
#include <utility>

namespace lastseen::embedded {

namespace {

class status_store final : public store {
public:
  status_store(std::string name, std::shared_ptr<worker> w)
    : name_(std::move(name)), worker_(std::move(w)) {}

  ~status_store() override {
    worker_->stop([] {});
    // The handler of `close`, which runs on the thread, may destroy us.
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else if (thread_.joinable())
      thread_.join();
  }

  const std::string& name() const noexcept override {
    return name_;
  }

  void open(link_handler on_link) override {
    auto clock = worker_->look();
    thread_ = std::thread{[w = worker_] { w->run(); }};
    on_link(store_link{true, clock, {}});
  }

  void write(write_batch batch, write_handler done) override {
    worker_->add(write_task{std::move(batch), std::move(done)});
  }

  void read(user_list users, read_handler done) override {
    worker_->add(read_task{std::move(users), std::move(done)});
  }

  void close(std::function<void()> done) override {
    // `done` may destroy us before `stop` returns.
    auto w = worker_;
    auto runs = thread_.joinable();
    w->stop(std::move(done));
    if (!runs)
      w->run();
  }

private:
  std::string name_;
  std::shared_ptr<worker> worker_;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<store>> make_store(options opts) {
  auto table = status_table::open(opts.path, opts.keep);
  if (!table)
    return std::move(table).error();
  auto name = "embedded " + opts.path;
  auto w = std::make_shared<worker>(name, std::move(*table), std::move(opts));
  return std::unique_ptr<store>{
    std::make_unique<status_store>(std::move(name), std::move(w))};
}

} // namespace lastseen::embedded
