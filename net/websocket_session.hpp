#pragma once

#include "actors/connection.hpp"
#include "net/environment.hpp"
#include "net/protocol/codec.hpp"
#include "net/transport.hpp"
#include "net/websocket_codec.hpp"

namespace lastseen {

/// A client of `/connection/websocket`: turns messages into commands for its
/// connection actor and the actor's replies into messages.
class websocket_session : public transport_handler, private client_output {
public:
  /// REQUIRES: called on the transport's thread, after the handshake.
  websocket_session(environment& env, transport& peer,
                    const protocol::codec& codec);
  ~websocket_session() override;

  void on_data(std::span<char> bytes) override;
  bool on_end() override;
  void on_shutdown() override;
  void on_closed(bool orderly) override;

private:
  void connected(std::uint32_t id, const connect_reply& x) override;
  void rpc_done(std::uint32_t id) override;
  void refreshed(std::uint32_t id,
                 std::optional<std::chrono::seconds> ttl) override;
  void failed(std::uint32_t id, protocol::error_code code,
              std::string_view message) override;
  void ping() override;
  void close(protocol::disconnect_code code) override;
  void drop() override;
  void ready() override;

  void on_message(std::string_view message);
  void on_protocol_close(std::uint16_t code);
  template <class F>
  void say(F append);
  void sent();

  environment& env_;
  transport* peer_; // null once it is closed
  const protocol::codec& codec_;
  websocket_decoder decoder_;
  connection_actor actor_;
  connection* connection_; // the object behind actor_
};

} // namespace lastseen
