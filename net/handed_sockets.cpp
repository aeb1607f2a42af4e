#include "net/handed_sockets.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace lastseen {

namespace {

// What no other socket of the machine has or will have; 0: it is none.
std::uint64_t cookie_of(int socket) noexcept {
  std::uint64_t out = 0;
  socklen_t size = sizeof out;
  getsockopt(socket, SOL_SOCKET, SO_COOKIE, &out, &size);
  return out;
}

} // namespace

void handed_sockets::add(int socket) {
  std::lock_guard guard{lock_};
  if (items_.size() >= look_at_) {
    drop_closed();
    look_at_ = std::max(least, 2 * items_.size());
  }
  items_.push_back({socket, cookie_of(socket)});
  size_ = items_.size();
}

std::size_t handed_sockets::count() const {
  std::lock_guard guard{lock_};
  drop_closed();
  return size_;
}

void handed_sockets::drop_closed() const {
  std::erase_if(items_,
                [](const item& x) { return cookie_of(x.socket) != x.cookie; });
  size_ = items_.size();
}

} // namespace lastseen
