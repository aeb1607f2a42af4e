#include "net/permessage_deflate.hpp"
#include "net/websocket_codec.hpp"
#include "net/websocket_wire.hpp"

#include <array>

// The frames that are sent.

namespace lastseen {

namespace {

using namespace websocket_wire;

void put_big_endian(char* out, std::uint64_t x, std::size_t size) {
  for (auto i = size; i-- > 0; x >>= 8)
    out[i] = static_cast<char>(x & 0xff);
}

} // namespace

void append_frame(std::string& out, websocket_opcode opcode,
                  std::string_view payload) {
  std::array<char, 10> head{};
  head[0] = static_cast<char>(final_bit | static_cast<unsigned>(opcode));
  std::size_t size = 2;
  if (payload.size() <= max_control_payload) {
    head[1] = static_cast<char>(payload.size());
  } else if (payload.size() <= 0xffff) {
    head[1] = static_cast<char>(length_16);
    put_big_endian(&head[2], payload.size(), 2);
    size = 4;
  } else {
    head[1] = static_cast<char>(length_64);
    put_big_endian(&head[2], payload.size(), 8);
    size = 10;
  }
  out.append(head.data(), size);
  out += payload;
}

std::size_t begin_frame(std::string& out) {
  auto mark = out.size();
  out.append(2, '\0');
  return mark;
}

void end_frame(std::string& out, std::size_t mark, websocket_opcode opcode) {
  auto length = out.size() - mark - 2;
  out[mark] = static_cast<char>(final_bit | static_cast<unsigned>(opcode));
  if (length <= max_control_payload) {
    out[mark + 1] = static_cast<char>(length);
    return;
  }
  std::size_t extended = length <= 0xffff ? 2 : 8;
  out[mark + 1] = static_cast<char>(extended == 2 ? length_16 : length_64);
  out.insert(mark + 2, extended, '\0');
  put_big_endian(&out[mark + 2], length, extended);
}

void end_compressed_frame(std::string& out, std::size_t mark,
                          websocket_opcode opcode, std::size_t least_size,
                          int level) {
  auto begin = mark + 2;
  auto size = out.size() - begin;
  if (size < least_size)
    return end_frame(out, mark, opcode);
  thread_local std::string compressed;
  compressed.clear();
  deflate_message(compressed, std::string_view{out}.substr(begin), level);
  if (compressed.size() >= size)
    return end_frame(out, mark, opcode);
  out.replace(begin, size, compressed);
  end_frame(out, mark, opcode);
  out[mark] = static_cast<char>(out[mark] | static_cast<char>(compressed_bit));
}

void append_close(std::string& out, std::uint16_t code,
                  std::string_view reason) {
  auto mark = begin_frame(out);
  if (code != close_code::none) {
    if (reason.size() > max_control_payload - 2) {
      auto size = max_control_payload - 2;
      while (size > 0 && (reason[size] & 0xc0) == 0x80)
        --size;
      reason = reason.substr(0, size);
    }
    out.append(2, '\0');
    put_big_endian(&out[mark + 2], code, 2);
    out += reason;
  }
  end_frame(out, mark, websocket_opcode::close);
}

} // namespace lastseen
