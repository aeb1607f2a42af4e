#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lastseen {

/// What a frame is (RFC 6455, section 5.2).
enum class websocket_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// Close codes of the protocol itself (RFC 6455, section 7.4.1).
namespace close_code {

inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t protocol_error = 1002;
/// Never sent: stands for a close frame without a code.
inline constexpr std::uint16_t none = 1005;
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t too_big = 1009;

} // namespace close_code

/// One thing a peer said.
struct websocket_event {
  enum class kind : std::uint8_t {
    /// The input is used up. What is incomplete is kept in the decoder.
    need_more,
    /// A whole message; a text one is UTF-8.
    text,
    binary,
    /// To be answered with a pong of the same payload.
    ping,
    pong,
    /// The peer closes: `code` (`close_code::none` without one) and its reason
    /// as `payload`. Nothing comes after it.
    close,
    /// The peer broke the protocol: close with `code`; `payload` says why, for
    /// the log. Nothing comes after it.
    error,
  };

  kind what = kind::need_more;
  std::uint16_t code = 0;
  /// Valid until the next call of `next` or until the input's memory changes.
  std::string_view payload;
};

/// The receiving side of a server (RFC 6455), without I/O. A frame with a
/// reserved bit is refused, but for the bit of permessage-deflate (RFC 7692)
/// where that was agreed on. Not thread-safe.
///
/// Only an incomplete frame and the fragments of an incomplete message are
/// kept, at most `message_size_limit` + 14 bytes of each, and a message that
/// was compressed until the next call; between messages the decoder owns no
/// memory.
class websocket_decoder {
public:
  /// Messages larger than `message_size_limit` bytes are refused with 1009 as
  /// soon as a frame's header says so. Compressed ones are taken only if
  /// `inflated_size_limit` is not 0; those that stand for more are refused with
  /// 1009, too.
  explicit websocket_decoder(std::size_t message_size_limit,
                             std::size_t inflated_size_limit = 0) noexcept;
  websocket_decoder(websocket_decoder&&) noexcept;
  websocket_decoder& operator=(websocket_decoder&&) noexcept;
  ~websocket_decoder();

  /// Takes the next event out of `input`, and the bytes it used off its front.
  /// Call until it says `need_more`, which leaves `input` empty. Payloads are
  /// unmasked in place: `input` is changed. After `close` or `error` all
  /// further input is dropped.
  websocket_event next(std::span<char>& input);

  std::size_t message_size_limit() const noexcept {
    return limit_;
  }

  /// Bytes kept of what is incomplete.
  std::size_t kept() const noexcept;

private:
  struct header;
  struct partial;
  /// The outcome of reading a header: `frame_size` bytes are needed to go on,
  /// or why it is refused.
  struct inspection {
    std::size_t needed = 0;
    std::uint16_t code = 0;
    std::string_view why;
  };

  inspection inspect(std::span<const char> bytes, header& head) const;
  websocket_event handle(const header& head, std::string_view payload);
  websocket_event handle_data(const header& head, std::string_view payload);
  websocket_event handle_close(std::string_view payload);
  websocket_event inflate(websocket_opcode opcode, std::string_view payload);
  websocket_event deliver(websocket_opcode opcode, std::string_view payload);
  websocket_event fail(std::uint16_t code, std::string_view why);
  partial& keep();
  void release();

  std::unique_ptr<partial> partial_;
  std::size_t limit_;
  std::size_t inflated_limit_;
  bool closed_ = false;
};

/// Appends an unmasked, final frame.
void append_frame(std::string& out, websocket_opcode opcode,
                  std::string_view payload);

/// Starts a frame whose payload the caller appends to `out` next.
/// @returns a mark for `end_frame`.
std::size_t begin_frame(std::string& out);

/// Ends the frame that started at `mark`: its payload is all that was appended
/// since. A payload over 125 bytes is moved once by 2 or 8 bytes, a smaller one
/// not at all.
void end_frame(std::string& out, std::size_t mark, websocket_opcode opcode);

/// The same, with the payload compressed by `deflate_message`; not if it has
/// less than `least_size` bytes, or would not get smaller.
/// REQUIRES: the peer agreed on it.
void end_compressed_frame(std::string& out, std::size_t mark,
                          websocket_opcode opcode, std::size_t least_size,
                          int level);

/// Appends a close frame; with `close_code::none` an empty one. A reason over
/// 123 bytes is cut at a character. REQUIRES: `reason` is UTF-8.
void append_close(std::string& out, std::uint16_t code,
                  std::string_view reason);

} // namespace lastseen
