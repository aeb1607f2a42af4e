#include "redis/moving_store.hpp"

#include "redis/delete_watch.hpp"
#include "redis/moving_calls.hpp"
#include "status/jump_hash.hpp"

#include <map>
#include <utility>

namespace lastseen::redis {

namespace asio = boost::asio;

namespace {

// Shared by the store and its calls; the last of them to end says so.
struct closing {
  std::function<void()> done;

  closing() = default;
  closing(const closing&) = delete;
  closing& operator=(const closing&) = delete;

  ~closing() {
    if (done)
      done();
  }
};

struct shard_pair {
  std::shared_ptr<store> current;
  std::vector<std::shared_ptr<store>> previous;

  template <class At>
  std::vector<moved_users> moved_of(std::size_t size, At at) const {
    std::map<std::size_t, moved_users> parts;
    for (std::size_t i = 0; i < size; ++i) {
      auto shard = shard_of(at(i), previous.size());
      if (previous[shard] == current)
        continue;
      auto& part = parts[shard];
      part.previous = previous[shard];
      part.positions.push_back(static_cast<std::uint32_t>(i));
      part.users.add(at(i));
    }
    std::vector<moved_users> out;
    out.reserve(parts.size());
    for (auto& [shard, part] : parts)
      out.push_back(std::move(part));
    return out;
  }

  void read(user_list users, store::read_handler done, running busy) const {
    auto moved =
      moved_of(users.size(), [&](std::size_t i) { return users[i]; });
    if (moved.empty())
      return current->read(std::move(users), std::move(done));
    read_both(current, std::move(users), std::move(moved), std::move(done),
              std::move(busy));
  }
};

class moving_store final : public store {
public:
  moving_store(asio::io_context& context, shard_pair shards,
               std::chrono::milliseconds delete_guard)
    : shards_{std::move(shards)},
      watch_{std::make_shared<delete_watch>(
        context, delete_guard,
        [x = shards_](user_list users, read_handler done) {
          x.read(std::move(users), std::move(done), nullptr);
        },
        running_)} {
    watch_->start();
  }

  moving_store(const moving_store&) = delete;
  moving_store& operator=(const moving_store&) = delete;

  ~moving_store() override {
    watch_->stop();
  }

  const std::string& name() const noexcept override {
    return shards_.current->name();
  }

  void open(link_handler on_link) override {
    shards_.current->open(std::move(on_link));
  }

  void write(write_batch batch, write_handler done) override {
    auto moved = shards_.moved_of(batch->size(), [&](std::size_t i) {
      return std::string_view{(*batch)[i].user};
    });
    if (moved.empty())
      return shards_.current->write(std::move(batch), std::move(done));
    for (const auto& part : moved)
      watch_->add(part.users);
    write_both(shards_.current, std::move(batch), std::move(moved),
               std::move(done), running_);
  }

  void read(user_list users, read_handler done) override {
    shards_.read(std::move(users), std::move(done), running_);
  }

  void close(std::function<void()> done) override {
    running_->done = std::move(done);
    watch_->stop();
    shards_.current->close(
      [busy = std::move(running_)]() mutable { busy.reset(); });
  }

private:
  shard_pair shards_;
  std::shared_ptr<closing> running_ = std::make_shared<closing>();
  std::shared_ptr<delete_watch> watch_;
};

} // namespace

std::unique_ptr<store>
make_moving_store(asio::io_context& context, std::shared_ptr<store> current,
                  std::vector<std::shared_ptr<store>> previous,
                  std::chrono::milliseconds delete_guard) {
  return std::make_unique<moving_store>(
    context, shard_pair{std::move(current), std::move(previous)}, delete_guard);
}

} // namespace lastseen::redis
