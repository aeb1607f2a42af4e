#include "net/gzip.hpp"

#include "net/http_message.hpp"

#include <algorithm>
#include <zlib.h>

namespace lastseen {

namespace {

constexpr int with_gzip_header = MAX_WBITS + 16;

Bytef* bytes_of(std::string_view text) noexcept {
  // zlib takes its input as not const and leaves it alone.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

template <int (*End)(z_streamp)>
struct stream {
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() {
    End(&z);
  }

  z_stream z{};
};

} // namespace

std::string gzip(std::string_view text) {
  stream<deflateEnd> s;
  constexpr int usual_memory = 8;
  deflateInit2(&s.z, Z_BEST_SPEED, Z_DEFLATED, with_gzip_header, usual_memory,
               Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&s.z, text.size()), '\0');
  s.z.next_in = bytes_of(text);
  s.z.avail_in = static_cast<uInt>(text.size());
  s.z.next_out = bytes_of(out);
  s.z.avail_out = static_cast<uInt>(out.size());
  deflate(&s.z, Z_FINISH);
  out.resize(s.z.total_out);
  return out;
}

result<std::string> gunzip(std::string_view bytes, std::size_t max_size) {
  constexpr std::size_t least_piece = 4096;
  stream<inflateEnd> s;
  inflateInit2(&s.z, with_gzip_header);
  s.z.next_in = bytes_of(bytes);
  s.z.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::size_t size = 0;
  for (;;) {
    // One byte more than allowed tells that there is more.
    out.resize(std::min(std::max(least_piece, 2 * out.size()), max_size + 1));
    s.z.next_out = bytes_of(out) + size;
    s.z.avail_out = static_cast<uInt>(out.size() - size);
    auto code = inflate(&s.z, Z_NO_FLUSH);
    size = out.size() - s.z.avail_out;
    if (size > max_size)
      return error{ec::overloaded, "request body is over the size limit"};
    if (code == Z_STREAM_END) {
      if (s.z.avail_in == 0)
        break;
      inflateReset(&s.z); // another member follows
    } else if (code != Z_OK || s.z.avail_out != 0) {
      return error{ec::bad_request, "not valid gzip"};
    }
  }
  out.resize(size);
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  while (!accept_encoding.empty()) {
    auto item = cut(accept_encoding, ',');
    auto name = cut(item, ';');
    if (name != "*" && !equal_ignoring_case(name, "gzip")
        && !equal_ignoring_case(name, "x-gzip"))
      continue;
    auto weight = item.find("q=");
    return weight == item.npos
           || item.find_first_not_of("0. \t", weight + 2) != item.npos;
  }
  return false;
}

} // namespace lastseen
