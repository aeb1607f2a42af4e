#include "actors/asio_scheduler.hpp"

#include <caf/actor_system.hpp>

#include <thread>

namespace lastseen {

void asio_scheduler::configure(caf::actor_system_config& cfg,
                               std::size_t threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  cfg.load<asio_scheduler>();
  cfg.set("scheduler.max-threads", threads);
}

asio_scheduler& asio_scheduler::of(caf::actor_system& sys) {
  return dynamic_cast<asio_scheduler&>(sys.scheduler());
}

caf::actor_system::module* asio_scheduler::make(caf::actor_system& sys,
                                                caf::detail::type_list<>) {
  return new asio_scheduler(sys); // CAF takes ownership
}

asio_scheduler::asio_scheduler(caf::actor_system& sys)
  : abstract_coordinator(sys) {}

void asio_scheduler::enqueue(caf::resumable* job) {
  auto* here = io_thread::current();
  if (here == nullptr)
    here = threads_[next_worker_++ % threads_.size()].get();
  here->exec_later(job);
}

caf::actor_clock& asio_scheduler::clock() noexcept {
  return *clock_;
}

bool asio_scheduler::detaches_utility_actors() const {
  return true; // they block
}

void asio_scheduler::start() {
  for (std::size_t i = 0; i < num_workers(); ++i)
    threads_.push_back(std::make_unique<io_thread>(system()));
  clock_ = std::make_unique<asio_clock>(threads_.front()->context());
  for (auto& thread : threads_)
    thread->start();
  abstract_coordinator::start();
}

void asio_scheduler::stop() {
  stop_actors(); // waits for CAF's own actors, which need the threads
  for (auto& thread : threads_)
    thread->join();
  clock_->stop();
}

} // namespace lastseen
