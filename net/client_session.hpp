#pragma once

#include "actors/connection.hpp"
#include "net/environment.hpp"
#include "net/protocol/codec.hpp"
#include "net/transport.hpp"

#include <string_view>

namespace lastseen {

/// A client connection whatever its transport and encoding: turns frames into
/// commands for its connection, and the replies of that into messages.
class client_session : public transport_handler, protected client_output {
public:
  /// `trusted_user` is who a proxy says it is; empty: nobody.
  /// REQUIRES: called on the transport's thread.
  client_session(environment& env, transport& peer,
                 const protocol::codec& codec, liveness life,
                 std::string_view trusted_user);
  ~client_session() override;

  bool on_end() override;
  std::size_t kept() const noexcept override {
    return connection_.kept();
  }
  void on_stalled() override;
  void on_shutdown() override;
  void on_closed(bool orderly) override;

protected:
  /// What is appended between the two is one message.
  virtual std::size_t begin_message(std::string& out) = 0;
  virtual void end_message(std::string& out, std::size_t mark) = 0;

  /// Adds what the transport has to say to a connected client.
  virtual void complete(protocol::connect_result&) {}

  void connected(std::uint32_t id, const connect_reply& x) override;
  void rpc_done(std::uint32_t id) override;
  void refreshed(std::uint32_t id,
                 std::optional<std::chrono::seconds> ttl) override;
  void pinged(std::uint32_t id) override;
  void failed(std::uint32_t id, protocol::error_code code,
              std::string_view message) override;
  void ping() override;
  bool delivered() override;
  void drop() override;
  void ready() override;

  /// Whether commands are still taken.
  bool open() const noexcept {
    return peer_ != nullptr && !connection_.closed();
  }

  /// What a client did not take is not worth waiting for: closes at once if
  /// the code says so. @returns whether it did.
  bool gave_up(protocol::disconnect_code code);

  /// The commands of a frame, for the connection; one over `max_size` bytes
  /// closes it.
  void decode(std::string_view frame,
              std::size_t max_size = protocol::any_size);

  /// After the frames of a receive.
  void frames_done();

  template <class F>
  void say(F append) {
    if (peer_ == nullptr)
      return;
    auto& out = peer_->output();
    auto mark = begin_message(out);
    append(out);
    end_message(out, mark);
    sent();
  }

  /// Something was appended to the output. Closes a client that does not read,
  /// which must not fill the memory.
  void sent();

  environment& env_;
  transport* peer_; // null once it is closed
  const protocol::codec* codec_;
  connection connection_;
};

} // namespace lastseen
