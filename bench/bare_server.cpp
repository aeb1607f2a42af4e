// The limit: what a WebSocket RPC costs an epoll loop that knows nothing else.
// No library, no actors, no JSON parser, no store: one receive and one send per
// readable connection. It answers the client protocol just well enough for the
// load generator (contract B.9): `connect`, and any other command as an RPC.

#include "bench/loopback.hpp"
#include "bench/websocket.hpp"

#include <openssl/evp.h>

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace lastseen;
using namespace lastseen::bench;

struct options {
  std::uint16_t port = 0;
  std::size_t threads = std::thread::hardware_concurrency();
  bool broken = false;
};

/// A listener of its own per loop: the kernel spreads the connections.
result<descriptor> listen_on(std::uint16_t port) {
  descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  int on = 1;
  setsockopt(fd.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd.value(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd.value(), reinterpret_cast<sockaddr*>(&address), sizeof address)
        != 0
      || listen(fd.value(), SOMAXCONN) != 0)
    return system_error("listen on port " + std::to_string(port));
  return fd;
}

/// The value of Sec-WebSocket-Accept (RFC 6455 section 4.2.2).
std::string accept_value(std::string_view key) {
  auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(),
             nullptr);
  std::array<unsigned char, 2 * std::size_t{EVP_MAX_MD_SIZE}> encoded;
  auto n =
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<char*>(encoded.data()), static_cast<std::size_t>(n)};
}

/// One thread's event loop.
class loop {
public:
  loop(descriptor listener, bool broken)
    : listener_(std::move(listener)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      broken_(broken) {
    watch(listener_.value());
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      auto n = epoll_wait(epoll_.value(), events.data(), events.size(), -1);
      for (auto i = 0; i < n; ++i) {
        auto fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_.value())
          accept_all();
        else if (!serve(fd))
          drop(fd);
      }
    }
  }

private:
  struct client {
    bool upgraded = false;
    /// The beginning of a frame or of the handshake.
    std::string rest;
  };

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (;;) {
      auto fd = accept4(listener_.value(), nullptr, nullptr,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0)
        return;
      int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto slot = static_cast<std::size_t>(fd);
      if (clients_.size() <= slot)
        clients_.resize(slot + 1);
      clients_[slot] = {};
      watch(fd);
    }
  }

  void drop(int fd) {
    clients_[static_cast<std::size_t>(fd)] = {};
    close(fd);
  }

  /// Returns whether the connection goes on.
  bool serve(int fd) {
    auto& c = clients_[static_cast<std::size_t>(fd)];
    auto kept = c.rest.copy(in_.data(), c.rest.size());
    auto n = receive_now(fd, in_.data() + kept, in_.size() - kept);
    if (!n)
      return false;
    out_.clear();
    auto size = kept + *n;
    auto used = c.upgraded ? read_frames(size) : upgrade(c, size);
    c.rest.assign(in_.data() + used, size - used);
    return c.rest.size() < in_.size() && (out_.empty() || send_now(fd, out_));
  }

  std::size_t upgrade(client& c, std::size_t size) {
    std::string_view text{in_.data(), size};
    auto end = text.find("\r\n\r\n");
    if (end == text.npos)
      return 0;
    constexpr std::string_view name = "\r\nSec-WebSocket-Key: ";
    auto key = text.find(name);
    if (key < end) {
      key += name.size();
      out_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Accept: "
             + accept_value(text.substr(key, text.find('\r', key) - key))
             + "\r\n\r\n";
      c.upgraded = true;
    } else {
      out_ = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    }
    return end + 4;
  }

  /// Answers all complete frames and returns their size.
  std::size_t read_frames(std::size_t size) {
    std::size_t used = 0;
    for (;;) {
      auto h = ws::read_header({in_.data() + used, size - used});
      if (!h || h->length > size - used - h->size)
        return used;
      auto* payload = in_.data() + used + h->size;
      ws::mask(payload, h->length, h->key);
      used += h->size + h->length;
      std::string_view message{payload, h->length};
      if (h->code == ws::opcode::text)
        answer(message);
      else if (h->code == ws::opcode::ping)
        ws::append_frame(out_, ws::opcode::pong, message);
      else if (h->code == ws::opcode::close)
        ws::append_frame(out_, ws::opcode::close, message);
    }
  }

  /// Commands of one frame are separated by newlines, and so are the replies.
  void answer(std::string_view message) {
    reply_.clear();
    while (!message.empty()) {
      auto command = message.substr(0, message.find('\n'));
      message.remove_prefix(std::min(message.size(), command.size() + 1));
      answer_command(command);
    }
    if (!reply_.empty())
      ws::append_frame(out_, ws::opcode::text, reply_);
  }

  void answer_command(std::string_view command) {
    constexpr std::string_view name = "\"id\":";
    auto at = command.rfind(name);
    if (at == command.npos)
      return;
    auto id = command.substr(at + name.size());
    id = id.substr(0, id.find_first_not_of("0123456789"));
    if (!reply_.empty())
      reply_ += '\n';
    reply_ += "{\"id\":";
    reply_ += id;
    if (command.starts_with("{\"connect\"")) {
      reply_ += ",\"connect\":{\"client\":\"1\",\"version\":\"bare\"}}";
      return;
    }
    if (broken_ && ++answered_ % 1000 == 0)
      reply_ += '0';
    reply_ += ",\"rpc\":{\"data\":{}}}";
  }

  descriptor listener_;
  descriptor epoll_;
  bool broken_;
  std::size_t answered_ = 0;
  /// By file descriptor.
  std::vector<client> clients_;
  std::array<char, 65536> in_;
  std::string out_;
  std::string reply_;
};

void usage() {
  std::puts("usage: bare_server --port N [--threads N] [--break]\n"
            "  --break  answer each 1000th RPC of a thread with a wrong id");
}

template <class T>
bool number(const char* text, T& out) {
  std::string_view view{text};
  auto [end, code] =
    std::from_chars(view.data(), view.data() + view.size(), out);
  return code == std::errc{} && end == view.data() + view.size() && out > 0;
}

bool parse(int argc, char** argv, options& out) {
  static const std::array<option, 4> known{{
    {"port", required_argument, nullptr, 'p'},
    {"threads", required_argument, nullptr, 't'},
    {"break", no_argument, nullptr, 'b'},
    {nullptr, 0, nullptr, 0},
  }};
  for (;;) {
    switch (getopt_long(argc, argv, "", known.data(), nullptr)) {
      case -1:
        return out.port != 0 && optind == argc;
      case 'p':
        if (!number(optarg, out.port))
          return false;
        break;
      case 't':
        if (!number(optarg, out.threads))
          return false;
        break;
      case 'b':
        out.broken = true;
        break;
      default:
        return false;
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  options given;
  if (!parse(argc, argv, given)) {
    usage();
    return EXIT_FAILURE;
  }
  raise_file_limit();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < given.threads; ++i) {
    auto listener = listen_on(given.port);
    if (!listener) {
      std::fprintf(stderr, "%s\n", listener.error().what.c_str());
      std::_Exit(EXIT_FAILURE);
    }
    threads.emplace_back(
      [fd = std::move(*listener), broken = given.broken]() mutable {
        loop{std::move(fd), broken}.run();
      });
  }
  for (auto& thread : threads)
    thread.join();
}
