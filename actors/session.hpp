#pragma once

#include "actors/client_codes.hpp"
#include "actors/client_counters.hpp"
#include "actors/command.hpp"
#include "actors/messages.hpp"
#include "actors/rate_limit.hpp"
#include "actors/user_count.hpp"
#include "actors/user_registry.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen {

/// Who a connection belongs to.
struct identity {
  /// Empty: anonymous.
  std::string user;
  /// How long the connection is good for; nothing: for ever.
  std::optional<std::chrono::seconds> ttl;
};

struct session_options {
  std::chrono::milliseconds ping_interval = std::chrono::seconds{25};
  std::chrono::milliseconds pong_timeout = std::chrono::seconds{8};
  /// A client must have connected by then.
  std::chrono::milliseconds stale_close_delay = std::chrono::seconds{10};
  /// How long after its end a token may still be refreshed.
  std::chrono::milliseconds expired_close_delay = std::chrono::seconds{25};
  /// How long an activity may go without an answer of the status actor.
  std::chrono::milliseconds timeout = std::chrono::seconds{4};
  /// Clients without a token are let in as anonymous.
  bool anonymous = false;
  /// The user status is switched on.
  bool enabled = true;
  /// Clients may call `update_user_status`.
  bool client_updates = true;
  /// What the connect reply calls us.
  std::string version;
  /// A valid token must have a user.
  bool disallow_anonymous_tokens = false;
  /// Checks a token that came at `since`. Errors: `ec::token_expired`;
  /// `ec::not_ready`, its key is being looked for, see `session::on_keys`;
  /// `ec::unavailable`, its key cannot be had now; any other: it is invalid.
  std::function<result<identity>(std::string_view token, local_time since)>
    authenticate;
  /// Of one connection: all commands, and calls of `update_user_status`.
  rate_limit commands = {};
  rate_limit updates = {};
  /// What connections of one user share; null: nothing.
  user_registry* users = nullptr;
  /// Counts users that are connected; null: nobody does.
  user_count* connected_users = nullptr;
  /// Whether a state is allowed; empty: any.
  std::function<bool(std::string_view state)> state_allowed;
  /// Where sessions count; null: nowhere.
  per_thread<client_counters>* counters = nullptr;
};

/// How a client shows that it is alive (contract A.1).
enum class liveness : std::uint8_t {
  /// It answers the protocol's pings.
  pong,
  /// It answers WebSocket ping frames.
  frame_pong,
  /// Protocol v1: it sends pings, or answers WebSocket ping frames.
  client_ping,
  /// Unidirectional: its side's TCP acknowledges our pings.
  delivery,
};

/// What a session says to its client: a codec and a transport.
class client_output {
public:
  virtual ~client_output() = default;

  struct connect_reply {
    std::string_view client; // a UUID
    std::string_view version;
    std::chrono::seconds ping; // 0: the client is told of none
    std::optional<std::chrono::seconds> ttl;
  };
  virtual void connected(std::uint32_t id, const connect_reply& x) = 0;
  virtual void rpc_done(std::uint32_t id) = 0;
  virtual void refreshed(std::uint32_t id,
                         std::optional<std::chrono::seconds> ttl) = 0;
  virtual void failed(std::uint32_t id, protocol::error_code code,
                      std::string_view message) = 0;
  /// Answers a ping of the client.
  virtual void pinged(std::uint32_t id) = 0;
  virtual void ping() = 0;

  /// Whether the peer's side has taken all that was said.
  virtual bool delivered() = 0;

  /// Says why and closes, after what was said before.
  virtual void close(protocol::disconnect_code code) = 0;

  /// Closes without a word: the client was told in a reply.
  virtual void drop() = 0;

  /// The session takes commands again (see `session::busy`).
  virtual void ready() = 0;
};

/// What a session says to the status actor of its user.
class status_output {
public:
  virtual ~status_output() = default;
  virtual void send(activity&& x) = 0;
  virtual void send(heartbeat&& x) = 0;
  /// Sees to it that `session::on_keys` is called.
  virtual void await_keys() = 0;
};

/// The state machine of one client connection, for all transports and
/// encodings: waiting for `connect` → connected → closed. Pure; not
/// thread-safe. The outputs and options must outlive it.
///
/// Replies keep the order of their commands.
class session {
public:
  session(const session_options& options, client_output& client,
          status_output& status, std::uint64_t random, local_time now);

  /// How the client shows life; `pong` if it is not called.
  /// REQUIRES: before the first command.
  void live_by(liveness x) noexcept {
    liveness_ = x;
  }

  /// Who the client is by what a trusted proxy says; used when it sends no
  /// token. REQUIRES: before the first command; at most 512 bytes of UTF-8.
  void trust(std::string_view user) {
    user_ = user;
  }

  // -- what happens -----------------------------------------------------------

  /// The client sent something; before the commands in it.
  void on_bytes(local_time now) noexcept {
    last_received_ = now;
  }

  void on_command(protocol::command& x, local_time now);

  /// The client sent what is no command.
  void on_malformed(local_time now);

  /// The client answered a ping frame, or sent a pong frame unasked.
  void on_frame_pong(local_time now);

  /// The keys that a token waited for are there, or are not to be had.
  void on_keys(local_time now);

  /// The status actor answered an activity.
  void on_answer(const activity_answer& x);

  /// `deadline()` has passed.
  void on_deadline(local_time now);

  /// Our side ends the connection.
  void close(protocol::disconnect_code code, local_time now);

  /// The connection is gone. `orderly`: the peer closed or reset it; if not,
  /// it was lost some time since its last byte.
  void on_closed(bool orderly, local_time now);

  // -- observers --------------------------------------------------------------

  /// When `on_deadline` wants to be called, or earlier.
  local_time deadline() const noexcept;

  /// Too many commands wait for the status actor, or any for the key of a
  /// token: take no more until `ready`.
  bool busy() const noexcept {
    return replies_.size() - first_ >= max_waiting
           || (check_ && phase_ == phase::waiting);
  }

  bool closed() const noexcept {
    return phase_ == phase::closed;
  }

  /// Bytes kept of what a client sent whose token waits for its key.
  std::size_t kept() const noexcept {
    return check_ && phase_ == phase::waiting ? check_->kept : 0;
  }

  const std::string& user() const noexcept {
    return user_;
  }

private:
  enum class phase : std::uint8_t {
    waiting,   // for connect
    connected, //
    refused,   // connect was answered with an error; the client should go
    closed,
  };

  // A command whose reply is not out yet.
  struct reply {
    enum class kind : std::uint8_t { waiting, rpc, refresh, ping, error };
    kind what = kind::waiting;
    protocol::error_code code = protocol::error_code::internal;
    std::uint32_t id = 0;
    std::uint32_t number = 0;
    std::optional<std::chrono::seconds> ttl = std::nullopt;
    std::string_view message = {};
    local_time since = {};
  };

  // A token whose key is being looked for.
  struct token_check {
    std::string token;
    std::uint32_t id = 0;     // of the command
    std::uint32_t number = 0; // of the reply, for a refresh
    local_time since = {};
    std::vector<protocol::command> held = {}; // came after a connect
    std::size_t kept = 0;                     // bytes of both
  };

  void on_first_command(protocol::command& x, local_time now);
  void on_connect(protocol::command& x, local_time now);
  void on_identity(result<identity>&& who, std::uint32_t id, local_time now);
  void on_refresh(protocol::command& x, local_time now);
  std::optional<reply> refreshed(result<identity>&& who, local_time now);
  void await_keys(protocol::command& x, local_time now);
  void settle(const reply& x);
  bool within_limits(const protocol::command& x, local_time now);
  void on_rpc(protocol::command& x, local_time now);
  void on_pong(local_time now);
  void on_client_ping(std::uint32_t id, local_time now);
  void on_life(local_time now);
  void on_ping_due(local_time now);
  void check_delivery(local_time now);
  void fail(std::uint32_t id, protocol::error_code code,
            std::string_view message = {});
  void say(const reply& x);
  void say_now(const reply& x);
  void say_ready();
  void begin(identity&& who, std::uint32_t id, local_time now);
  void refuse(std::uint32_t id, protocol::error_code code, local_time now);
  void set_expiry(std::optional<std::chrono::seconds> ttl, local_time now);
  void beat(bool edge, local_time when);
  template <class T>
  void count(T what);
  void end(local_time last_life);
  std::uint64_t random() noexcept;

  static constexpr std::size_t max_waiting = 1024;
  static constexpr std::size_t max_held = 16;
  static constexpr std::uint32_t max_refusals = 1000;

  const session_options& options_;
  client_output& client_;
  status_output& status_;
  std::string user_;
  local_time last_received_;
  // Of the phase: when a stale or refused client is dropped, or the next ping.
  local_time next_;
  local_time expires_; // max: never
  local_time pinged_;
  std::uint64_t random_;
  std::vector<reply> replies_; // from first_ on
  std::size_t first_ = 0;
  std::unique_ptr<token_check> check_; // null: none
  std::optional<user_registry::place> place_;
  token_bucket commands_;
  token_bucket updates_;
  std::uint32_t refusals_ = 0; // in a row, for their rate
  std::uint32_t last_number_ = 0;
  phase phase_ = phase::waiting;
  liveness liveness_ = liveness::pong;
  bool ping_unanswered_ = false;
};

} // namespace lastseen
