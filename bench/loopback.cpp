#include "bench/loopback.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastseen::bench {

namespace {

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(0x7f000000U + host);
  return result;
}

const sockaddr* generic(const sockaddr_in& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

error ended() {
  return {ec::unavailable, "the peer closed the connection"};
}

} // namespace

descriptor::~descriptor() {
  if (fd_ >= 0)
    close(fd_);
}

error system_error(std::string_view operation) {
  return {ec::unavailable, std::string{operation} + ": " + strerror(errno)};
}

result<descriptor> connect_to(std::uint16_t port, std::size_t number) {
  descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (fd.value() < 0)
    return system_error("socket");
  int on = 1;
  timeval patience{5, 0};
  setsockopt(fd.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd.value(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd.value(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(fd.value(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  auto from = loopback(1 + static_cast<std::uint32_t>(number % 8), 0);
  if (bind(fd.value(), generic(from), sizeof from) != 0)
    return system_error("bind");
  auto to = loopback(1, port);
  if (connect(fd.value(), generic(to), sizeof to) != 0)
    return system_error("connect to port " + std::to_string(port));
  return fd;
}

result<void> send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0)
      return system_error("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

result<void> send_now(int fd, std::string_view bytes) {
  auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0)
    return system_error("send");
  if (static_cast<std::size_t>(n) != bytes.size())
    return error{ec::unavailable, "send: the peer does not read"};
  return {};
}

result<void> receive(int fd, std::string& into) {
  std::array<char, 65536> buffer;
  auto n = recv(fd, buffer.data(), buffer.size(), 0);
  if (n < 0)
    return system_error("receive");
  if (n == 0)
    return ended();
  into.append(buffer.data(), static_cast<std::size_t>(n));
  return {};
}

result<std::size_t> receive_now(int fd, char* buffer, std::size_t size) {
  auto n = recv(fd, buffer, size, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return std::size_t{0};
  if (n < 0)
    return system_error("receive");
  if (n == 0)
    return ended();
  return static_cast<std::size_t>(n);
}

result<std::uint16_t> free_port() {
  descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = loopback(1, 0);
  socklen_t size = sizeof address;
  if (bind(fd.value(), generic(address), size) != 0
      || getsockname(fd.value(), reinterpret_cast<sockaddr*>(&address), &size)
           != 0)
    return system_error("bind");
  return ntohs(address.sin_port);
}

std::size_t raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

poller::poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

result<void> poller::add(int fd, std::size_t index) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  if (epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event) != 0)
    return system_error("epoll_ctl");
  return {};
}

result<std::vector<std::size_t>*>
poller::wait(std::chrono::milliseconds patience) {
  std::array<epoll_event, 256> events;
  ready_.clear();
  auto n = epoll_wait(epoll_.value(), events.data(), events.size(),
                      static_cast<int>(patience.count()));
  if (n < 0 && errno != EINTR)
    return system_error("epoll_wait");
  for (auto i = 0; i < n; ++i)
    ready_.push_back(events[static_cast<std::size_t>(i)].data.u64);
  return &ready_;
}

} // namespace lastseen::bench
