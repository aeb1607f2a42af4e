#pragma once

#include "net/json_sax.hpp"
#include "net/protocol/codec.hpp"

#include <string>
#include <string_view>

/// What the JSON codecs share. For .cpp files, as `net/json_sax.hpp` is.
namespace lastseen::protocol {

/// Decodes a frame of commands, one a line. `Handler` reads one: it has
/// `begin()` and `value()`. One '\n' at the end of the frame is no line. A line
/// over `max_size` bytes is malformed.
template <class Handler>
result<void> decode_lines(boost::json::basic_parser<Handler>& parser,
                          std::string_view frame, command_sink to,
                          std::size_t max_size) {
  auto& handler = parser.handler();
  if (frame.ends_with('\n'))
    frame.remove_suffix(1);
  for (std::size_t n = 1;; ++n) {
    auto end = frame.find('\n');
    auto line = frame.substr(0, end);
    if (line.size() > max_size)
      return error{ec::bad_request,
                   "command " + std::to_string(n) + ": too large"};
    handler.begin();
    auto parsed = parse_whole(parser, line);
    if (parsed.has_error()) {
      auto what = line.empty() ? std::string{"empty"} : parsed.error().what;
      return error{ec::bad_request,
                   "command " + std::to_string(n) + ": " + what};
    }
    to(handler.value());
    if (end == std::string_view::npos)
      return {};
    frame.remove_prefix(end + 1);
  }
}

} // namespace lastseen::protocol
