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

/// The actor of one client connection. It is pinned to its socket's thread, so
/// its socket calls it directly there (no message, no allocation), while other
/// actors send it messages. Its `client_output` belongs to the socket's side
/// and must live until `on_closed`.
class connection : public pinned<connection_actor::base>,
                   private status_output,
                   private wheel_entry {
public:
  /// REQUIRES: called on `home`'s thread.
  connection(caf::actor_config& cfg, io_thread& home,
             std::shared_ptr<const connection_env> env, client_output& client,
             std::uint64_t random);

  // -- called by the socket, on the home thread -------------------------------

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

  const char* name() const override {
    return "connection";
  }

protected:
  behavior_type make_behavior() override;

private:
  void send(activity&& x) override;
  void send(heartbeat&& x) override;
  void await_keys() override;
  void on_deadline(local_time now) override;

  std::shared_ptr<const connection_env> env_;
  lastseen::session session_;
  local_time armed_for_;
};

} // namespace lastseen
