#pragma once

#include "config/redis_address.hpp"
#include "redis/backoff.hpp"
#include "redis/handshake.hpp"
#include "redis/locator.hpp"
#include "redis/reply.hpp"
#include "redis/tls.hpp"
#include "status/clock.hpp"
#include "status/error.hpp"
#include "status/store.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::redis {

struct connection_options {
  config::redis_address address;
  /// Shown by CLIENT LIST; empty: none.
  std::string client_name;
  /// Loaded on every connect; empty: none. Must outlive the connection.
  std::string_view script;
  /// How to encrypt; null: not at all.
  std::shared_ptr<redis::tls> tls;
  /// What must be there.
  redis::peer peer = peer::server;
  /// Asked for the address before every attempt; null: it is `address`.
  std::shared_ptr<locator> where;
  /// Gets what comes by a subscription: an array of `message`, channel, text.
  std::function<void(const reply&)> on_push;
};

/// The answer to a command. `text` is valid during the call only.
struct answer {
  const reply* text = nullptr;
  /// Just before the command was handed to the socket.
  local_time sent;
  /// Just after its reply was read from it.
  local_time received;
};

/// One connection to one server, rebuilt for ever: TCP or a Unix socket, by
/// Asio, encrypted or not; the protocol by hiredis. Commands are pipelined:
/// they gather while a write is in flight, one turn of the event loop costs one
/// send and one receive, and replies are matched in order.
///
///     open ─▶ connecting ─▶ greeting (handshake) ─▶ up
///                 ▲  └─ failure ─┐  └─ failure ─┐   └─ lost ─┐
///                 └── after a wait (backoff) ◀──┴────────────┘
///
/// A connect that takes longer than `connect_timeout` and a command that is
/// not answered within `io_timeout` end the connection, since nothing behind
/// it can be answered either.
///
/// All functions and handlers run on the one thread that runs `context`; the
/// handlers may call any function.
class connection : public std::enable_shared_from_this<connection> {
public:
  using link_handler = std::function<void(store_link)>;
  using encoder = std::function<void(std::string& out)>;
  /// Errors: `unavailable` when the connection ends or is not up, `stopped`
  /// after `close`. The error reply of a server is an answer here.
  using handler = std::function<void(result<answer>)>;
  using push_handler = std::function<void(const reply&)>;

  connection(boost::asio::io_context& context, connection_options options);

  /// `redis 127.0.0.1:6379`, `redis mymaster`, `sentinel 127.0.0.1:26379`.
  const std::string& name() const noexcept {
    return name_;
  }

  /// Starts connecting. `on_link` is told when the handshake is done, when the
  /// connection ends, and of every attempt that fails. Call once.
  void open(link_handler on_link);

  /// Sends one command, which `encode` appends to the output; it is not called
  /// unless the connection is up. `done` is called exactly once. `command`
  /// names it in errors and must be a literal.
  void send(std::string_view command, const encoder& encode, handler done);

  /// Why a command would not be sent now; nothing when it would.
  std::optional<error> refusal(std::string_view command) const;

  /// When the oldest command that has no answer yet was sent.
  std::optional<local_time> waiting_since() const noexcept;

  /// The name of the loaded script. REQUIRES: up, or up before.
  const std::string& script_sha() const noexcept {
    return script_sha_;
  }

  /// An error that says which server and which command.
  error failure(ec code, std::string_view command, std::string_view why) const;

  /// Ends this connection and makes a new one: the server said what cannot be.
  void drop(std::string_view command, std::string_view why);

  /// The server is, or is about to be, at another address: what is under way
  /// fails, and the connection is made anew without a wait. Does nothing when
  /// it is that server's already.
  void move(const config::redis_address& to);

  /// Fails what is under way (`ec::stopped`) and ends for good, without a word
  /// to `on_link`.
  void close();

private:
  using socket = boost::asio::generic::stream_protocol::socket;
  using tls_stream = boost::asio::ssl::stream<socket>;
  using endpoint = boost::asio::generic::stream_protocol::endpoint;
  using error_code = boost::system::error_code;

  enum class phase : std::uint8_t { idle, connecting, greeting, up, closed };

  struct waiting {
    std::string_view command;
    handler done; // none: a reply to the handshake
    local_time sent;
  };

  template <class F>
  auto guarded(F f);
  template <class F>
  void on_stream(F f);
  template <class F>
  void after(std::chrono::milliseconds wait, F f);

  void connect();
  void reach();
  void resolve();
  void connect_to(std::size_t index);
  void encrypt();
  void greet();
  void greeted(const answer& x);
  void flush();
  void write();
  void read();
  void take(std::string_view bytes, local_time received);
  void watch();
  void expire();
  void lose(ec code, std::string_view command, std::string_view why);
  void lose(std::string_view command, const error_code& failure);
  void end(ec code, std::string_view why);

  boost::asio::io_context& context_;
  connection_options options_;
  std::string name_;
  std::string server_;  // in errors: the name and, if it varies, the address
  bool reached_ = true; // since it was looked for
  // Shared, so that it may end the connection, and keeps its state.
  std::shared_ptr<link_handler> on_link_;
  phase phase_ = phase::idle;
  // Callbacks of an earlier connection see another number and do nothing.
  std::uint64_t attempt_ = 0;
  boost::asio::ip::tcp::resolver resolver_;
  std::vector<endpoint> endpoints_;
  socket socket_;
  // Has taken the socket once the connection is encrypted. Shared with what is
  // under way on it.
  std::shared_ptr<tls_stream> encrypted_;
  // For the connect, the oldest command or the backoff: never two of them.
  boost::asio::steady_timer timer_;
  bool watching_ = false;
  backoff backoff_;
  std::minstd_rand random_;
  std::optional<handshake> handshake_;
  std::string script_sha_;
  local_time up_since_;
  std::string last_cause_ = "not open";

  std::deque<waiting> queue_; // oldest first; the unsent ones are the last
  std::size_t unsent_ = 0;
  std::string output_;
  std::string writing_;
  std::size_t written_ = 0;
  bool flushing_ = false; // from the first command until all is written
  std::unique_ptr<reply_reader> reader_;
  std::array<char, 65536> input_;
};

} // namespace lastseen::redis
