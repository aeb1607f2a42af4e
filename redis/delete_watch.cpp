#include "redis/delete_watch.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace lastseen::redis {

namespace asio = boost::asio;

delete_watch::delete_watch(asio::io_context& context,
                           std::chrono::milliseconds delete_guard, reader read,
                           running busy)
  : context_{context},
    timer_{context},
    interval_{std::max(delete_guard / 3, std::chrono::milliseconds{1})},
    read_{std::move(read)},
    busy_{std::move(busy)} {}

void delete_watch::start() {
  asio::dispatch(context_, [self = shared_from_this()] { self->wait(); });
}

void delete_watch::add(const user_list& users) {
  std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < users.size(); ++i)
    if (!ended_ && users_.size() < max_users)
      users_.emplace(users[i]);
}

void delete_watch::stop() {
  asio::dispatch(context_, [self = shared_from_this()] { self->end(); });
}

void delete_watch::wait() {
  if (looks_left_ == 0)
    end();
  if (!busy_)
    return;
  --looks_left_;
  timer_.expires_after(interval_);
  timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& ec) {
      if (!ec && self->busy_)
        self->look();
    });
}

void delete_watch::look() {
  {
    std::lock_guard guard{mutex_};
    for (const auto& user : users_) {
      if (portions_.empty() || portions_.back().size() == portion)
        portions_.emplace_back();
      portions_.back().add(user);
    }
  }
  read_next();
}

// What fails now is read by the next look.
void delete_watch::read_next() {
  if (portions_.empty())
    return wait();
  auto users = std::move(portions_.back());
  portions_.pop_back();
  read_(std::move(users),
        [self = shared_from_this(), busy = busy_](const result<read_report>&) {
          asio::post(self->context_, [self] { self->read_next(); });
        });
}

void delete_watch::end() {
  timer_.cancel();
  portions_.clear();
  busy_.reset();
  std::lock_guard guard{mutex_};
  users_.clear();
  ended_ = true;
}

} // namespace lastseen::redis
