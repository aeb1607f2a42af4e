#include "net/http_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lastseen {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view reason_of(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void append_number(std::string& out, std::size_t x) {
  std::array<char, 20> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
  out.append(digits.data(), end);
}

bool decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      unsigned byte = 0;
      auto digits = text.substr(i + 1, 2);
      auto end = digits.data() + digits.size();
      if (digits.size() < 2
          || std::from_chars(digits.data(), end, byte, 16).ptr != end)
        return false;
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return true;
}

} // namespace

std::string_view http_request::field(std::string_view name) const noexcept {
  for (const auto& x : fields)
    if (equal_ignoring_case(x.name, name))
      return x.value;
  return {};
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view cut(std::string_view& rest, char separator) noexcept {
  constexpr std::string_view blanks = " \t";
  auto out = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(out.size() + 1, rest.size()));
  out.remove_prefix(std::min(out.find_first_not_of(blanks), out.size()));
  return out.substr(0, out.find_last_not_of(blanks) + 1);
}

std::optional<std::string> query_value(std::string_view query,
                                       std::string_view name) {
  std::string key;
  std::string value;
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    auto equals = std::min(pair.find('='), pair.size());
    auto rest = pair.substr(std::min(equals + 1, pair.size()));
    if (decode(pair.substr(0, equals), key) && key == name
        && decode(rest, value))
      return value;
  }
  return std::nullopt;
}

void append_response(std::string& out, unsigned status,
                     std::string_view content_type, std::string_view body,
                     bool keep_alive, std::string_view extra) {
  constexpr std::size_t usual_head_size = 160;
  out.reserve(out.size() + usual_head_size + extra.size() + body.size());
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_of(status);
  if (!content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += content_type;
  }
  if (status != 204) { // RFC 9110, section 8.6
    out += "\r\nContent-Length: ";
    append_number(out, body.size());
  }
  out += keep_alive ? "\r\n" : "\r\nConnection: close\r\n";
  out += extra;
  out += "\r\n";
  out += body;
}

} // namespace lastseen
