#pragma once

#include "net/client_session.hpp"
#include "net/emulation_sessions.hpp"

#include <memory>
#include <string>

namespace lastseen {

/// How messages are told apart in the body of a response.
enum class stream_format : std::uint8_t {
  /// Each carries its length: Protobuf.
  plain,
  /// Each ends with '\n'.
  lines,
  /// Server-sent events.
  events,
};

/// What a client asked for that gets its messages as one endless response.
struct stream_request {
  const protocol::codec* codec = nullptr;
  stream_format format = stream_format::lines;
  liveness life = liveness::pong;
  /// Who a proxy says it is; empty: nobody.
  std::string trusted_user;
  /// What it sent: its `connect`.
  std::string first;
  /// The response is sent in chunks; if not, it ends with the connection.
  bool chunked = true;
};

/// A client of `http_stream`, `sse`, `uni_http_stream` or `uni_sse` (contract
/// B.8). What else it sends comes by `/emulation`; a unidirectional client
/// sends nothing.
class stream_session : public client_session,
                       public emulated_session,
                       public std::enable_shared_from_this<stream_session> {
public:
  /// REQUIRES: called on the transport's thread; the header of the response
  /// was appended to the output.
  stream_session(environment& env, transport& peer, stream_request&& request);

  void on_start() override;
  void on_data(std::span<char> bytes) override;
  void on_frame(std::string_view frame) override;
  void on_closed(bool orderly) override;

private:
  std::size_t begin_message(std::string& out) override;
  void end_message(std::string& out, std::size_t mark) override;
  void complete(protocol::connect_result& x) override;
  void close(protocol::disconnect_code code) override;
  void drop() override;

  std::string first_;
  std::string id_;
  stream_format format_;
  liveness life_;
  bool chunked_;
};

} // namespace lastseen
