#include "cli/api_client.hpp"

#include "config/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace lastseen::cli {

namespace {

constexpr std::string_view plain = "http://";
constexpr std::string_view encrypted = "https://";

// Of a host whose name is an IPv6 address in brackets.
std::string without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return std::string{host};
}

std::string name_of(const api_address& x) {
  auto is_v6 = x.host.find(':') != x.host.npos;
  return (is_v6 ? '[' + x.host + ']' : x.host) + ':' + x.port;
}

// The first line of a body that is no JSON.
std::string first_line(std::string_view body) {
  auto line = body.substr(0, body.find('\n'));
  return line.empty() ? "" : ": " + config::quote(line);
}

} // namespace

result<api_address> parse_api_address(std::string_view url) {
  auto bad = [&] {
    return error{ec::bad_request, "--address: must be a URL such as "
                                  "http://127.0.0.1:8000, got "
                                    + config::quote(url)};
  };
  api_address out;
  out.tls = url.starts_with(encrypted);
  if (!out.tls && !url.starts_with(plain))
    return bad();
  auto rest = url.substr((out.tls ? encrypted : plain).size());
  auto slash = std::min(rest.find('/'), rest.size());
  auto authority = rest.substr(0, slash);
  auto path = rest.substr(slash);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  out.prefix = path.empty() ? "/api" : std::string{path};
  out.port = out.tls ? "443" : "80";
  auto host = authority;
  auto colon = authority.rfind(':');
  if (colon != authority.npos && authority.find(']', colon) == authority.npos) {
    host = authority.substr(0, colon);
    out.port = std::string{authority.substr(colon + 1)};
    std::uint16_t port = 0;
    auto end = out.port.data() + out.port.size();
    if (std::from_chars(out.port.data(), end, port).ptr != end || port == 0)
      return bad();
  }
  out.host = without_brackets(host);
  constexpr std::string_view never = "@?# \t\r\n";
  if (out.host.empty() || url.find_first_of(never) != url.npos)
    return bad();
  return out;
}

result<std::string> call_api(const api_address& where, std::string_view key,
                             std::string_view method, std::string_view body) {
  constexpr std::chrono::seconds patience{10};
  constexpr std::string_view line_breaks = "\r\n";
  if (key.find_first_of(line_breaks) != key.npos)
    return error{ec::bad_request, "the key has a line break"};
  auto name = name_of(where);
  // Of HTTP/1.0, so that the answer ends with the connection.
  auto request = "POST " + where.prefix + '/' + std::string{method}
                 + " HTTP/1.0\r\nHost: " + name
                 + "\r\nX-API-Key: " + std::string{key}
                 + "\r\nContent-Type: application/json\r\nContent-Length: "
                 + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
  auto exchanged = exchange(where, request, patience);
  if (!exchanged && exchanged.error().code == ec::bad_request)
    return exchanged.error();
  if (!exchanged)
    return error{ec::unavailable, name + ": " + exchanged.error().what};
  auto& answer = *exchanged;
  auto end = answer.find("\r\n\r\n");
  unsigned status = 0;
  constexpr std::size_t status_at = 9; // after "HTTP/1.1 "
  if (end == answer.npos || !answer.starts_with("HTTP/1.")
      || std::from_chars(answer.data() + status_at,
                         answer.data() + status_at + 3, status)
             .ec
           != std::errc{})
    return error{ec::unavailable, name + ": no answer of HTTP"};
  constexpr unsigned unauthorized = 401;
  if (status == unauthorized)
    return error{ec::unauthorized, name + ": the key is wrong or missing"};
  answer.erase(0, end + 4);
  constexpr unsigned ok = 200;
  if (status != ok)
    return error{ec::unavailable, name + ": HTTP status "
                                    + std::to_string(status)
                                    + first_line(answer)};
  return std::move(answer);
}

} // namespace lastseen::cli
