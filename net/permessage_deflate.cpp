#include "net/permessage_deflate.hpp"

#include "net/http_message.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <zlib.h>

namespace lastseen {

namespace {

constexpr int raw_deflate = -MAX_WBITS;
// What every compressed message ends with and a sender leaves out.
constexpr std::string_view tail{"\x00\x00\xff\xff", 4};

Bytef* bytes_of(std::string_view text) noexcept {
  // zlib takes its input as not const and leaves it alone.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

struct inflater {
  inflater() {
    inflateInit2(&z, raw_deflate);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater() {
    inflateEnd(&z);
  }

  z_stream z{};
};

struct deflater {
  explicit deflater(int x) : level{x} {
    constexpr int usual_memory = 8;
    deflateInit2(&z, level, Z_DEFLATED, raw_deflate, usual_memory,
                 Z_DEFAULT_STRATEGY);
  }
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;
  ~deflater() {
    deflateEnd(&z);
  }

  z_stream z{};
  int level;
};

// -- negotiation --------------------------------------------------------------

// A value may be quoted.
bool is_window(std::string_view value) {
  if (value.size() > 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  constexpr auto sizes = std::to_array<std::string_view>(
    {"8", "9", "10", "11", "12", "13", "14", "15"});
  return std::ranges::find(sizes, value) != sizes.end();
}

} // namespace

std::string_view answer_deflate_offer(std::string_view offer) {
  if (!equal_ignoring_case(cut(offer, ';'), "permessage-deflate"))
    return {};
  constexpr auto names = std::to_array<std::string_view>(
    {"server_no_context_takeover", "client_no_context_takeover",
     "client_max_window_bits"});
  std::array<bool, names.size()> seen{};
  while (!offer.empty()) {
    auto parameter = cut(offer, ';');
    auto valued = parameter.find('=') != parameter.npos;
    auto name = cut(parameter, '=');
    auto i = static_cast<std::size_t>(
      std::ranges::find_if(
        names, [name](auto x) { return equal_ignoring_case(x, name); })
      - names.begin());
    if (i == names.size() || seen[i])
      return {};
    seen[i] = true;
    // How large the client's window is makes no difference to us.
    if (valued && (i != 2 || !is_window(parameter)))
      return {};
  }
  return "permessage-deflate; server_no_context_takeover; "
         "client_no_context_takeover";
}

// -- messages -----------------------------------------------------------------

inflate_outcome inflate_message(std::string& out, std::string_view payload,
                                std::size_t max_size) {
  constexpr std::size_t least_piece = 1024;
  thread_local inflater s;
  inflateReset(&s.z);
  const auto start = out.size();
  auto size = start;
  for (auto piece : {payload, tail}) {
    s.z.next_in = bytes_of(piece);
    s.z.avail_in = static_cast<uInt>(piece.size());
    for (;;) {
      // One byte more than allowed tells that there is more.
      auto room = std::max({least_piece, 3 * piece.size(), size - start});
      if (size == out.size())
        out.resize(start + std::min(size - start + room, max_size + 1));
      s.z.next_out = bytes_of(out) + size;
      s.z.avail_out = static_cast<uInt>(out.size() - size);
      auto code = inflate(&s.z, Z_SYNC_FLUSH);
      size = out.size() - s.z.avail_out;
      if (size - start > max_size)
        return inflate_outcome::too_big;
      if (code == Z_STREAM_END) {
        // A block may say that it is the last one; others may follow, or the
        // sender left the tail out that belongs to it.
        if (s.z.avail_in == 0 || piece.data() == tail.data()) {
          out.erase(size);
          return inflate_outcome::ok;
        }
        inflateReset(&s.z);
        continue;
      }
      if (code != Z_OK && code != Z_BUF_ERROR)
        return inflate_outcome::malformed;
      if (s.z.avail_out != 0)
        break;
    }
  }
  out.erase(size);
  // At the border of a block (see `inflate` in zlib.h).
  constexpr int at_border = 128;
  return (s.z.data_type & at_border) != 0 ? inflate_outcome::ok
                                          : inflate_outcome::malformed;
}

void deflate_message(std::string& out, std::string_view message, int level) {
  thread_local std::optional<deflater> s;
  if (!s || s->level != level)
    s.emplace(level);
  deflateReset(&s->z);
  auto start = out.size();
  out.resize(start + deflateBound(&s->z, message.size()) + 2 * tail.size());
  s->z.next_in = bytes_of(message);
  s->z.avail_in = static_cast<uInt>(message.size());
  s->z.next_out = bytes_of(out) + start;
  s->z.avail_out = static_cast<uInt>(out.size() - start);
  deflate(&s->z, Z_SYNC_FLUSH);
  out.erase(out.size() - s->z.avail_out - tail.size());
}

} // namespace lastseen
