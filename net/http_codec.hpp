#pragma once

#include "net/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lastseen {

/// What came out of the bytes of a client.
enum class http_event : std::uint8_t {
  /// The input is used up. What is incomplete is kept in the decoder.
  need_more,
  /// The client waits for `http_decoder::continue_response`: send it, then go
  /// on. Told at most once per request.
  expect_continue,
  /// `http_decoder::request` is whole.
  request,
  /// Answer with `http_decoder::status`, then close: where the next request
  /// would begin is unknown.
  error,
};

/// Makes requests of bytes: HTTP/1.0 and 1.1 (RFC 9112), server side, without
/// I/O. Headers are parsed by Boost.Beast. Refused is whatever two parsers
/// might read in two ways: a length beside a transfer coding, repeated lengths
/// or hosts, folded fields, bare line feeds. Not thread-safe.
///
/// A request that comes in one piece is not copied; its views point into the
/// input. Buffers for others are reused, large ones freed after use.
class http_decoder {
public:
  static constexpr std::size_t max_header_size = 16'384;
  /// Of one line between the chunks of a body.
  static constexpr std::size_t max_chunk_line_size = 1024;
  static constexpr std::string_view continue_response =
    "HTTP/1.1 100 Continue\r\n\r\n";

  /// Larger bodies are answered with 413, as soon as that is known.
  explicit http_decoder(std::size_t max_body_size);

  /// Takes the next event out of `input`, and the bytes it used off its front;
  /// after `request` the rest belongs to later requests, or to the protocol
  /// upgraded to. Call until it says `need_more`, which leaves `input` empty.
  /// After `error` it says `error` again and drops the input.
  http_event next(std::string_view& input);

  /// No more input will come: an error unless it is idle, else `need_more`.
  http_event end();

  /// After `http_event::request`: valid until the next call of `next`, or
  /// until the input's memory changes. After `http_event::error` as much of the
  /// header as could be read, for an answer that belongs to it.
  const http_request& request() const noexcept {
    return request_;
  }

  /// After `http_event::error`: 400, 413, 417, 431, 501 or 505.
  unsigned status() const noexcept {
    return status_;
  }

  /// After `http_event::error`: why, for the log or as the answer's body.
  std::string_view why() const noexcept {
    return why_;
  }

  /// Whether nothing of a request has come yet: the connection may be closed
  /// without harm.
  bool idle() const noexcept {
    return stage_ == stage::done || (stage_ == stage::header && head_.empty());
  }

  /// Whether the header of the next request has not come whole.
  bool in_header() const noexcept {
    return stage_ == stage::done || stage_ == stage::header;
  }

  /// Bytes kept of a request that came in part.
  std::size_t kept() const noexcept {
    return head_.size() + body_.size() + line_.size();
  }

private:
  enum class stage : std::uint8_t {
    header,
    body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    done,
    failed,
  };

  void reset();
  http_event read_header(std::string_view& input);
  http_event begin(std::string_view header, std::string_view& input);
  void keep_header(std::string_view header);
  http_event read_body(std::string_view& input);
  bool read_data(std::string_view& input);
  bool read_line(std::string_view& input);
  void handle_line();
  void handle_chunk_size(std::string_view text);
  void finish();
  http_event fail(unsigned status, std::string_view why);

  http_request request_;
  /// The header, unless it came in one piece with the whole body.
  std::string head_;
  /// The body, unless it came in one piece with the header.
  std::string body_;
  /// A line of chunked coding as far as it came.
  std::string line_;
  std::size_t max_body_size_;
  /// Bytes missing of the body or of the chunk.
  std::size_t missing_ = 0;
  std::size_t trailer_size_ = 0;
  std::string_view why_;
  unsigned status_ = 0;
  stage stage_ = stage::header;
};

} // namespace lastseen
