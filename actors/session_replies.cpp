#include "actors/session.hpp"

#include <algorithm>

// The replies of a session, in the order of their commands.

namespace lastseen {

using protocol::error_code;

void session::fail(std::uint32_t id, error_code code,
                   std::string_view message) {
  say({.what = reply::kind::error, .code = code, .id = id, .message = message});
}

// Says it now, or after the replies that are waited for.
void session::say(const reply& x) {
  if (x.what == reply::kind::waiting || first_ != replies_.size())
    replies_.push_back(x);
  else
    say_now(x);
}

void session::say_now(const reply& x) {
  switch (x.what) {
    case reply::kind::waiting:
      break;
    case reply::kind::rpc:
      client_.rpc_done(x.id);
      break;
    case reply::kind::refresh:
      client_.refreshed(x.id, x.ttl);
      break;
    case reply::kind::ping:
      client_.pinged(x.id);
      break;
    case reply::kind::error:
      if (options_.counters != nullptr)
        options_.counters->mine().add(x.code);
      client_.failed(x.id, x.code,
                     x.message.empty() ? protocol::describe(x.code).message
                                       : x.message);
      break;
  }
}

void session::say_ready() {
  auto was_busy = busy();
  while (first_ != replies_.size()
         && replies_[first_].what != reply::kind::waiting)
    say_now(replies_[first_++]);
  // A client that always has some under way never empties the list.
  if (first_ == replies_.size() || first_ >= max_waiting) {
    replies_.erase(replies_.begin(),
                   replies_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (was_busy && !busy())
    client_.ready();
}

void session::on_answer(const activity_answer& x) {
  if (phase_ == phase::closed)
    return;
  settle({.what = x.accepted ? reply::kind::rpc : reply::kind::error,
          .number = x.number});
}

// The outcome of a command that waits, told by its number. One that took too
// long was answered with an error.
void session::settle(const reply& x) {
  auto i = std::find_if(replies_.begin() + static_cast<std::ptrdiff_t>(first_),
                        replies_.end(), [&](const reply& r) {
                          return r.what == reply::kind::waiting
                                 && r.number == x.number;
                        });
  if (i == replies_.end())
    return;
  i->what = x.what;
  i->code = x.code;
  i->ttl = x.ttl;
  say_ready();
}

} // namespace lastseen
