#pragma once

#include "net/client_session.hpp"
#include "net/websocket_codec.hpp"

#include <string>

namespace lastseen {

/// A client of `/connection/websocket`. One that speaks JSON may turn out to
/// speak protocol v1 with its first message.
class websocket_session : public client_session {
public:
  /// `deflate`: messages may be compressed. REQUIRES: called on the
  /// transport's thread, after the handshake.
  websocket_session(environment& env, transport& peer,
                    const protocol::codec& codec, liveness life,
                    std::string_view trusted_user, bool deflate = false);

  void on_data(std::span<char> bytes) override;
  std::size_t kept() const noexcept override {
    return decoder_.kept() + client_session::kept();
  }

protected:
  virtual void on_message(std::string_view message);

private:
  std::size_t begin_message(std::string& out) override;
  void end_message(std::string& out, std::size_t mark) override;
  void ping() override;
  void close(protocol::disconnect_code code) override;

  void on_protocol_close(std::uint16_t code);

  websocket_decoder decoder_;
  liveness life_;
  bool deflate_;
  bool greeted_ = false; // the first message came
};

/// A client of `/connection/uni_websocket`: sends what a connect command has,
/// by its first message or in the query, and nothing else.
class uni_websocket_session : public websocket_session {
public:
  /// REQUIRES: as above. `first` is empty when it comes by a message.
  uni_websocket_session(environment& env, transport& peer, std::string first,
                        std::string_view trusted_user);

  void on_start() override;

private:
  void on_message(std::string_view message) override;

  std::string first_;
  bool heard_ = false;
};

} // namespace lastseen
