#pragma once

#include "net/api/http_api.hpp"
#include "net/endpoints.hpp"
#include "net/environment.hpp"
#include "net/http_codec.hpp"
#include "net/request_log.hpp"
#include "net/stream_handshake.hpp"
#include "net/transport.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen {

/// A connection to an HTTP listener: routes requests to the server API or
/// hands the connection over to a WebSocket session. Requests may be
/// pipelined; answers keep their order.
class http_session : public transport_handler,
                     public std::enable_shared_from_this<http_session>,
                     private wheel_entry {
public:
  /// How long a request may take to come in, from its first byte on, and how
  /// long a connection may stay without one, unless its peer still takes an
  /// answer. The header of the first one has to be there
  /// `client.stale_close_delay` after the connection.
  static constexpr std::chrono::seconds request_timeout{30};
  static constexpr std::chrono::seconds idle_timeout{120};

  /// REQUIRES: called on the transport's thread.
  http_session(environment& env, transport& peer, const endpoints& serves);
  ~http_session() override;

  void on_data(std::span<char> bytes) override;
  bool on_end() override;
  void on_sent() override;
  std::size_t kept() const noexcept override {
    return decoder_.kept() + held_.size();
  }
  void on_shutdown() override;
  void on_closed(bool orderly) override;

private:
  // An answer's place in the order. The ones at the front that are ready go
  // out.
  struct slot {
    bool ready = false;
    bool head = false;                     // answered without a body
    bool gzip = false;                     // may be answered so
    std::string request_id = {};           // given back; empty: none
    std::unique_ptr<request_log> log = {}; // null: not logged
    server_api::http_answer answer = {};
  };

  // What the connection waits for, which says how long.
  enum class wait : std::uint8_t { first_header, request, rest_of_request };

  void on_deadline(local_time now) override;
  void serve(const http_request& request, std::span<char> rest);
  void serve_api(const http_request& request);
  void upgrade(const http_request& request, std::span<char> rest,
               bool unidirectional);
  void open_stream(const stream_transport& transport,
                   const http_request& request);
  bool serve_client(const http_request& request, std::span<char> rest);
  std::optional<server_api::http_answer> refuse(const http_request& request);
  bool may_come();
  void go_on_with_body();
  void fail();
  std::string request_id(const http_request& request) const;
  void note_taken_over(const http_request& request, std::string_view id,
                       unsigned status);
  std::uint64_t add_slot(const http_request& request);
  void answer(std::uint64_t number, server_api::http_answer&& x);
  void send_ready();
  void send(slot& x, bool last);
  bool full() const noexcept;
  wait waits_for() const noexcept;
  void go_on();
  void watch();

  // Requests of one connection that are under way at the same time.
  static constexpr std::size_t max_pipelined = 16;
  // Answers that the client has not taken yet; beyond it no request is read.
  static constexpr std::size_t max_unsent = 65536;
  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  environment& env_;
  transport* peer_; // null once it is closed
  http_decoder decoder_;
  endpoints serves_;
  std::vector<slot> slots_; // few; owns no memory until it is used
  std::uint64_t first_ = 0; // the number of slots_.front()
  std::string held_;        // came while it was full
  wait watched_ = wait::first_header;
  std::size_t undelivered_ = all; // of answers, when it was looked at last
  bool heard_ = false;            // the first request came
  bool holding_ = false;          // reads no more until it is not full
  bool continues_ = false;        // the client may be told to send a body
  bool done_ = false;             // no more requests: the connection ends
};

} // namespace lastseen
