#include "redis/moving_store.hpp"

#include "redis/moving_calls.hpp"
#include "status/jump_hash.hpp"

#include <map>
#include <utility>

namespace lastseen::redis {

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

class moving_store final : public store {
public:
  moving_store(std::shared_ptr<store> current,
               std::vector<std::shared_ptr<store>> previous)
    : current_{std::move(current)}, previous_{std::move(previous)} {}

  const std::string& name() const noexcept override {
    return current_->name();
  }

  void open(link_handler on_link) override {
    current_->open(std::move(on_link));
  }

  void write(write_batch batch, write_handler done) override {
    auto moved = moved_of(batch->size(), [&](std::size_t i) {
      return std::string_view{(*batch)[i].user};
    });
    if (moved.empty())
      return current_->write(std::move(batch), std::move(done));
    write_both(current_, std::move(batch), std::move(moved), std::move(done),
               running_);
  }

  void read(user_list users, read_handler done) override {
    auto moved =
      moved_of(users.size(), [&](std::size_t i) { return users[i]; });
    if (moved.empty())
      return current_->read(std::move(users), std::move(done));
    read_both(current_, std::move(users), std::move(moved), std::move(done),
              running_);
  }

  void close(std::function<void()> done) override {
    running_->done = std::move(done);
    current_->close([busy = std::move(running_)]() mutable { busy.reset(); });
  }

private:
  template <class At>
  std::vector<moved_users> moved_of(std::size_t size, At at) const {
    std::map<std::size_t, moved_users> parts;
    for (std::size_t i = 0; i < size; ++i) {
      auto shard = shard_of(at(i), previous_.size());
      if (previous_[shard] == current_)
        continue;
      auto& part = parts[shard];
      part.previous = previous_[shard];
      part.positions.push_back(static_cast<std::uint32_t>(i));
      part.users.add(at(i));
    }
    std::vector<moved_users> out;
    out.reserve(parts.size());
    for (auto& [shard, part] : parts)
      out.push_back(std::move(part));
    return out;
  }

  std::shared_ptr<store> current_;
  std::vector<std::shared_ptr<store>> previous_;
  std::shared_ptr<closing> running_ = std::make_shared<closing>();
};

} // namespace

std::unique_ptr<store>
make_moving_store(std::shared_ptr<store> current,
                  std::vector<std::shared_ptr<store>> previous) {
  return std::make_unique<moving_store>(std::move(current),
                                        std::move(previous));
}

} // namespace lastseen::redis
