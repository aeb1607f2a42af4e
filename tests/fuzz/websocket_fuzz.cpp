#include "fuzz.hpp"
#include "net/websocket_codec.hpp"

#include <algorithm>
#include <vector>

// The first byte says in which pieces the rest comes, and by its highest bit
// whether it may be compressed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace lastseen;
  constexpr std::size_t limit = 1000;
  if (size == 0)
    return 0;
  const std::size_t piece = data[0] % 64 + 1U;
  std::vector<char> bytes(data + 1, data + size);
  const std::size_t inflated_limit = data[0] >= 128 ? 3 * limit : 0;
  websocket_decoder decoder{limit, inflated_limit};
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input{bytes.data() + at,
                          std::min(piece, bytes.size() - at)};
    for (;;) {
      auto event = decoder.next(input);
      fuzz::require(event.payload.size() <= std::max(limit, inflated_limit));
      if (event.what == websocket_event::kind::need_more)
        break;
      if (event.what == websocket_event::kind::close
          || event.what == websocket_event::kind::error)
        return 0;
    }
  }
  return 0;
}
