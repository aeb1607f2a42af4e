#pragma once

#include "status/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen::bench {

/// Owns a file descriptor; -1 for none.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();

  int value() const noexcept {
    return fd_;
  }

private:
  int fd_ = -1;
};

/// The error of a failed system call: `operation` and the text of `errno`.
error system_error(std::string_view operation);

/// Connects to 127.0.0.1:`port`. The socket blocks; what waits longer than 5 s
/// fails. `number` spreads connections over source addresses 127.0.0.1 to .8,
/// because one address has only some 28,000 ports.
result<descriptor> connect_to(std::uint16_t port, std::size_t number = 0);

/// Sends all of `bytes` on a blocking socket.
result<void> send_all(int fd, std::string_view bytes);

/// Sends all of `bytes` without waiting; that the socket is full is an error,
/// since no load here sends more than a peer that reads leaves room for.
result<void> send_now(int fd, std::string_view bytes);

/// Waits on a blocking socket and appends what came, at least one byte. The
/// end of the stream is an error.
result<void> receive(int fd, std::string& into);

/// Reads what is there without waiting, possibly nothing. The end of the
/// stream is an error. Returns the number of bytes.
result<std::size_t> receive_now(int fd, char* buffer, std::size_t size);

/// A TCP port of 127.0.0.1 on which nobody listens at the moment.
result<std::uint16_t> free_port();

/// Raises the limit of open files to what the system allows this process,
/// and returns it.
std::size_t raise_file_limit();

/// Waits for readable sockets.
class poller {
public:
  poller();

  /// REQUIRES: `fd` stays open as long as the poller.
  result<void> add(int fd, std::size_t index);

  /// The indexes of sockets that are readable now or within `patience`; empty
  /// after a signal too. Valid until the next call.
  result<std::vector<std::size_t>*> wait(std::chrono::milliseconds patience);

private:
  descriptor epoll_;
  std::vector<std::size_t> ready_;
};

} // namespace lastseen::bench
