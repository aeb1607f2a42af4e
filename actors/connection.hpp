#pragma once

#include "actors/directory.hpp"
#include "actors/interfaces.hpp"
#include "actors/pinned.hpp"
#include "actors/session.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace lastseen {

/// What connections of a node share.
struct connection_env {
  session_options session;
  std::shared_ptr<lastseen::directory> directory;
  /// Sends a `keys_atom` once the keys are there that tokens wait for. Empty:
  /// none ever does.
  std::function<void(const connection_actor&)> await_keys = {};
};

class connection;

/// What other actors say to a connection. Pinned to the connection's thread,
/// where it calls the connection directly.
class connection_inbox : public pinned<connection_actor::base> {
public:
  /// REQUIRES: called on `home`'s thread.
  connection_inbox(caf::actor_config& cfg, io_thread& home, connection& owner);

  /// The connection is gone: ends. Only on the home thread.
  void leave();

  const char* name() const override {
    return "connection";
  }

protected:
  behavior_type make_behavior() override;

private:
  connection* owner_; // null once it is gone
};

/// A client connection between its socket and the actors: a session, its
/// deadline, and the actor that gets what others answer. The actor is made when
/// the first answer is awaited, so that a stranger has none, nor a client that
/// only shows life. Its `client_output` belongs to the socket's side and must
/// live until `on_closed`. Used on its home thread only.
class connection : private status_output, private wheel_entry {
public:
  connection(io_thread& home, std::shared_ptr<const connection_env> env,
             client_output& client, std::uint64_t random);

  // -- called by the socket ---------------------------------------------------

  /// See `session::live_by`.
  void live_by(liveness x) noexcept {
    session_.live_by(x);
  }

  /// See `session::trust`.
  void trust(std::string_view user) {
    session_.trust(user);
  }

  /// Bytes came; before the commands in them.
  void on_bytes() noexcept;

  void on_command(protocol::command& x);
  void on_malformed();
  void on_frame_pong();

  /// Our side ends the connection.
  void close(protocol::disconnect_code code);

  /// The socket is closed: the last call. See `session::on_closed`.
  void on_closed(bool orderly);

  /// Sees to the next deadline; after a bunch of calls of the above.
  void rearm();

  bool busy() const noexcept {
    return session_.busy();
  }

  bool closed() const noexcept {
    return session_.closed();
  }

  /// See `session::kept`.
  std::size_t kept() const noexcept {
    return session_.kept();
  }

  // -- called by its actor ----------------------------------------------------

  void on_answer(const activity_answer& x);
  void on_keys();

private:
  const connection_actor& inbox();
  void send(activity&& x) override;
  void send(heartbeat&& x) override;
  void await_keys() override;
  void on_deadline(local_time now) override;

  io_thread& home_;
  std::shared_ptr<const connection_env> env_;
  lastseen::session session_;
  local_time armed_for_;
  connection_actor inbox_; // null: no answer was awaited yet
};

} // namespace lastseen
