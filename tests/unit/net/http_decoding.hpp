#pragma once

#include "net/http_codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

/// What a decoder of HTTP says to bytes.
namespace lastseen::test::http {

using strings = std::vector<std::string>;

inline constexpr std::size_t max_body = 100;

inline std::string describe(const http_request& request) {
  std::string out;
  out += request.method;
  out += ' ';
  out += request.path;
  if (!request.query.empty())
    out += '?' + std::string{request.query};
  out += request.keep_alive ? " keep" : " close";
  for (const auto& field : request.fields)
    out += ' ' + std::string{field.name} + '=' + std::string{field.value};
  return out + " [" + std::string{request.body} + ']';
}

/// Gives the decoder one receive and lists what it said.
inline void feed(http_decoder& decoder, const std::string& received,
                 strings& events) {
  // A copy of the exact size, so that a view past its end is noticed.
  const std::vector<char> bytes(received.begin(), received.end());
  std::string_view input{bytes.data(), bytes.size()};
  for (;;) {
    switch (decoder.next(input)) {
      case http_event::need_more:
        EXPECT_TRUE(input.empty());
        return;
      case http_event::expect_continue:
        events.push_back("continue");
        break;
      case http_event::request:
        events.push_back(describe(decoder.request()));
        break;
      case http_event::error:
        EXPECT_TRUE(input.empty());
        EXPECT_FALSE(decoder.why().empty());
        events.push_back("error " + std::to_string(decoder.status()));
        return;
    }
  }
}

inline strings decode(const strings& receives) {
  http_decoder decoder{max_body};
  strings events;
  for (const auto& bytes : receives) {
    feed(decoder, bytes, events);
    if (!events.empty() && events.back().starts_with("error"))
      break;
  }
  return events;
}

inline strings decode(const std::string& bytes) {
  return decode(strings{bytes});
}

inline strings bytewise(const std::string& bytes) {
  strings receives;
  for (auto c : bytes)
    receives.emplace_back(1, c);
  return decode(receives);
}

/// A request with these header lines, each of which ends with CRLF.
inline std::string request(const std::string& lines,
                           const std::string& body = "") {
  return "POST /api HTTP/1.1\r\n" + lines + "\r\n" + body;
}

inline std::string chunked(const std::string& body) {
  return "POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         + body;
}

inline std::string chunked_event(const std::string& body) {
  return "POST /api keep Host=x Transfer-Encoding=chunked [" + body + "]";
}

} // namespace lastseen::test::http
