#pragma once

#include "websocket_frames.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace lastseen::test {

/// An HTTP response as it came.
struct http_response {
  unsigned status = 0;
  std::string header;
  std::string body;

  bool has(std::string_view line) const {
    return header.find(std::string{line} + "\r\n") != std::string::npos;
  }
};

/// A frame of the server.
struct server_frame {
  unsigned opcode = 0;
  std::string payload;

  /// Of a close frame; 0 without one.
  unsigned code() const {
    if (opcode != 8 || payload.size() < 2)
      return 0;
    return static_cast<unsigned char>(payload[0]) * 256U
           + static_cast<unsigned char>(payload[1]);
  }
};

/// A blocking client on loopback. Waiting ends after 10 seconds, as if the
/// server had closed.
class loopback_client {
public:
  explicit loopback_client(std::uint16_t port, int receive_buffer = 0) {
    socket_.open(boost::asio::ip::tcp::v4());
    if (receive_buffer != 0)
      socket_.set_option(
        boost::asio::socket_base::receive_buffer_size(receive_buffer));
    timeval patience{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof patience);
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience,
               sizeof patience);
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }

  /// @returns whether all of it was taken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = ::send(socket_.native_handle(), bytes.data(), bytes.size(),
                      MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// Ends this side; the server may go on.
  void shutdown_send() {
    socket_.shutdown(boost::asio::socket_base::shutdown_send);
  }

  /// The next response; nothing if the server closed. With `head` it has no
  /// body, whatever its length says.
  std::optional<http_response> response(bool head = false) {
    std::size_t end = 0;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos)
      if (!receive())
        return std::nullopt;
    http_response out;
    out.header = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    out.status =
      static_cast<unsigned>(std::strtoul(out.header.c_str() + 9, nullptr, 10));
    constexpr std::string_view length = "Content-Length: ";
    if (auto at = out.header.find(length); !head && at != std::string::npos) {
      auto n =
        std::strtoul(out.header.c_str() + at + length.size(), nullptr, 10);
      while (in_.size() < n)
        if (!receive())
          return std::nullopt;
      out.body = in_.substr(0, n);
      in_.erase(0, n);
    }
    return out;
  }

  std::optional<http_response> ask(std::string_view request) {
    send(request);
    return response();
  }

  /// The next frame; nothing if the server closed.
  std::optional<server_frame> frame() {
    if (!fill(2))
      return std::nullopt;
    auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(in_[i]));
    };
    server_frame out;
    out.opcode = static_cast<unsigned>(byte(0) & 0x0f);
    std::size_t head = 2;
    auto size = byte(1);
    if (size > 125) {
      head = size == 126 ? 4 : 10;
      if (!fill(head))
        return std::nullopt;
      size = 0;
      for (std::size_t i = 2; i < head; ++i)
        size = size << 8 | byte(i);
    }
    if (!fill(head + size))
      return std::nullopt;
    out.payload = in_.substr(head, size);
    in_.erase(0, head + size);
    return out;
  }

  /// Whether the server closes without sending more.
  bool closed() {
    return in_.empty() && !receive() && at_end_;
  }

  /// Bytes that came and were not asked for yet.
  const std::string& rest() const noexcept {
    return in_;
  }

  /// Takes what comes until there are `n` bytes.
  bool fill(std::size_t n) {
    while (in_.size() < n)
      if (!receive())
        return false;
    return true;
  }

private:
  bool receive() {
    char buffer[16384];
    auto n = ::recv(socket_.native_handle(), buffer, sizeof buffer, 0);
    if (n > 0)
      in_.append(buffer, static_cast<std::size_t>(n));
    at_end_ = n == 0 || (n < 0 && errno == ECONNRESET);
    return n > 0;
  }

  std::unique_ptr<boost::asio::io_context> io_ =
    std::make_unique<boost::asio::io_context>();
  boost::asio::ip::tcp::socket socket_{*io_};
  std::string in_;
  bool at_end_ = false;
};

} // namespace lastseen::test
