#include "net/websocket_codec.hpp"

#include "net/permessage_deflate.hpp"
#include "net/utf8.hpp"
#include "net/websocket_wire.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace lastseen {

namespace {

using namespace websocket_wire;
using kind = websocket_event::kind;

constexpr unsigned reserved_bits = 0x70;
constexpr unsigned mask_bit = 0x80;

using mask_key = std::array<char, 4>;

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t x = 0;
  for (auto c : bytes)
    x = x << 8 | static_cast<unsigned char>(c);
  return x;
}

void unmask(std::span<char> bytes, const mask_key& key) {
  std::array<char, 8> twice{};
  std::memcpy(twice.data(), key.data(), key.size());
  std::memcpy(twice.data() + key.size(), key.data(), key.size());
  std::uint64_t mask = 0;
  std::memcpy(&mask, twice.data(), sizeof mask);
  std::size_t i = 0;
  for (; bytes.size() - i >= sizeof mask; i += sizeof mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= mask;
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ key[i % key.size()]);
}

bool is_control(websocket_opcode opcode) {
  return opcode >= websocket_opcode::close;
}

/// What a peer may send as a code: RFC 6455, section 7.4, and the registry
/// that it founds (1012 to 1014).
bool is_close_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

} // namespace

struct websocket_decoder::header {
  websocket_opcode opcode = websocket_opcode::continuation;
  bool final = false;
  bool compressed = false;
  std::size_t size = 0;
  mask_key key{};
};

/// What is kept between two receives.
struct websocket_decoder::partial {
  /// The bytes of a frame as far as they came, still masked.
  std::string frame;
  /// The payloads of the fragments so far.
  std::string message;
  /// Of the first fragment; `continuation` when no message is open.
  websocket_opcode opcode = websocket_opcode::continuation;
  /// As the first fragment says.
  bool compressed = false;
  /// What a compressed message stands for.
  std::string inflated;
  /// Handed out with the last event and to be dropped.
  bool frame_done = false;
  bool message_done = false;
};

websocket_decoder::websocket_decoder(std::size_t message_size_limit,
                                     std::size_t inflated_size_limit) noexcept
  : limit_{message_size_limit}, inflated_limit_{inflated_size_limit} {}

websocket_decoder::websocket_decoder(websocket_decoder&&) noexcept = default;

websocket_decoder&
websocket_decoder::operator=(websocket_decoder&&) noexcept = default;

websocket_decoder::~websocket_decoder() = default;

websocket_event websocket_decoder::next(std::span<char>& input) {
  header head;
  for (;;) {
    release();
    if (closed_) {
      input = {};
      return {};
    }
    std::span<char> frame;
    if (partial_ && !partial_->frame.empty()) {
      auto& kept = partial_->frame;
      for (;;) {
        auto [needed, code, why] = inspect(kept, head);
        if (code != 0)
          return fail(code, why);
        if (kept.size() >= needed)
          break;
        auto part = input.first(std::min(needed - kept.size(), input.size()));
        kept.append(part.data(), part.size());
        input = input.subspan(part.size());
        if (kept.size() < needed)
          return {};
      }
      frame = kept;
      partial_->frame_done = true;
    } else {
      if (input.empty())
        return {};
      auto [needed, code, why] = inspect(input, head);
      if (code != 0)
        return fail(code, why);
      if (input.size() < needed) {
        keep().frame.assign(input.data(), input.size());
        input = {};
        return {};
      }
      frame = input.first(needed);
      input = input.subspan(needed);
    }
    auto payload = frame.subspan(head.size);
    unmask(payload, head.key);
    auto event = handle(head, {payload.data(), payload.size()});
    if (event.what != kind::need_more)
      return event;
  }
}

std::size_t websocket_decoder::kept() const noexcept {
  return partial_ ? partial_->frame.size() + partial_->message.size() : 0;
}

websocket_decoder::inspection
websocket_decoder::inspect(std::span<const char> bytes, header& head) const {
  auto refuse = [](std::string_view why) {
    return inspection{0, close_code::protocol_error, why};
  };
  if (bytes.size() < 2)
    return {2, 0, {}};
  auto first = static_cast<unsigned char>(bytes[0]);
  auto second = static_cast<unsigned char>(bytes[1]);
  auto compressible =
    inflated_limit_ != 0 && (first & 0x0f) != 0 && (first & 0x0f) <= 2;
  if ((first & reserved_bits & ~(compressible ? compressed_bit : 0)) != 0)
    return refuse("reserved bit set");
  head.compressed = (first & compressed_bit) != 0;
  if ((first & 0x0f) > 10 || ((first & 0x0f) > 2 && (first & 0x0f) < 8))
    return refuse("unknown opcode");
  if ((second & mask_bit) == 0)
    return refuse("frame is not masked");
  head.opcode = static_cast<websocket_opcode>(first & 0x0f);
  head.final = (first & final_bit) != 0;
  auto open = partial_ && partial_->opcode != websocket_opcode::continuation;
  std::uint64_t length = second & 0x7fU;
  if (is_control(head.opcode)) {
    if (!head.final)
      return refuse("control frame is fragmented");
    if (length > max_control_payload)
      return refuse("control frame is over 125 bytes");
  } else if ((head.opcode == websocket_opcode::continuation) != open) {
    return refuse(open ? "new message within a fragmented one"
                       : "continuation without a message");
  }
  std::size_t extended = length == length_16 ? 2 : length == length_64 ? 8 : 0;
  head.size = 2 + extended + head.key.size();
  if (bytes.size() < head.size)
    return {head.size, 0, {}};
  if (extended != 0) {
    length = big_endian(bytes.subspan(2, extended));
    if (length < (extended == 2 ? 126U : 0x10000U))
      return refuse("length is not in its shortest form");
    if (length >> 63 != 0)
      return refuse("length has its highest bit set");
  }
  std::memcpy(head.key.data(), bytes.data() + 2 + extended, head.key.size());
  if (!is_control(head.opcode)) {
    auto before = partial_ ? partial_->message.size() : 0;
    if (length > limit_ - before)
      return {0, close_code::too_big, "message is over the size limit"};
  }
  return {head.size + static_cast<std::size_t>(length), 0, {}};
}

websocket_event websocket_decoder::handle(const header& head,
                                          std::string_view payload) {
  switch (head.opcode) {
    case websocket_opcode::ping:
      return {kind::ping, 0, payload};
    case websocket_opcode::pong:
      return {kind::pong, 0, payload};
    case websocket_opcode::close:
      return handle_close(payload);
    default:
      return handle_data(head, payload);
  }
}

websocket_event websocket_decoder::handle_data(const header& head,
                                               std::string_view payload) {
  auto opcode = head.opcode;
  auto compressed = head.compressed;
  if (!head.final || opcode == websocket_opcode::continuation) {
    auto& kept = keep();
    if (opcode != websocket_opcode::continuation) {
      kept.opcode = opcode;
      kept.compressed = compressed;
    }
    kept.message += payload;
    if (!head.final)
      return {};
    kept.message_done = true;
    opcode = kept.opcode;
    compressed = kept.compressed;
    payload = kept.message;
  }
  return compressed ? inflate(opcode, payload) : deliver(opcode, payload);
}

websocket_event websocket_decoder::inflate(websocket_opcode opcode,
                                           std::string_view payload) {
  auto& out = keep().inflated;
  switch (inflate_message(out, payload, inflated_limit_)) {
    case inflate_outcome::too_big:
      return fail(close_code::too_big, "inflated message is over the limit");
    case inflate_outcome::malformed:
      return fail(close_code::invalid_payload, "message is not deflate");
    case inflate_outcome::ok:
      break;
  }
  return deliver(opcode, out);
}

websocket_event websocket_decoder::deliver(websocket_opcode opcode,
                                           std::string_view payload) {
  if (opcode == websocket_opcode::binary)
    return {kind::binary, 0, payload};
  if (!is_utf8(payload))
    return fail(close_code::invalid_payload, "text is not UTF-8");
  return {kind::text, 0, payload};
}

websocket_event websocket_decoder::handle_close(std::string_view payload) {
  if (payload.empty()) {
    closed_ = true;
    return {kind::close, close_code::none, {}};
  }
  if (payload.size() < 2)
    return fail(close_code::protocol_error, "close code is cut");
  auto code = static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
  if (!is_close_code(code))
    return fail(close_code::protocol_error, "close code is not allowed");
  if (!is_utf8(payload.substr(2)))
    return fail(close_code::invalid_payload, "close reason is not UTF-8");
  closed_ = true;
  return {kind::close, code, payload.substr(2)};
}

websocket_event websocket_decoder::fail(std::uint16_t code,
                                        std::string_view why) {
  closed_ = true;
  partial_.reset();
  return {kind::error, code, why};
}

websocket_decoder::partial& websocket_decoder::keep() {
  if (!partial_)
    partial_ = std::make_unique<partial>();
  return *partial_;
}

void websocket_decoder::release() {
  if (!partial_)
    return;
  if (partial_->frame_done) {
    partial_->frame.clear();
    partial_->frame_done = false;
  }
  if (partial_->message_done) {
    partial_->message.clear();
    partial_->message_done = false;
    partial_->opcode = websocket_opcode::continuation;
  }
  auto open = partial_->opcode != websocket_opcode::continuation;
  if (closed_ || (partial_->frame.empty() && !open))
    partial_.reset();
}

} // namespace lastseen
