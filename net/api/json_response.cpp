#include "net/api/json_response.hpp"

#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lastseen::server_api {

namespace {

// "00" to "99".
constexpr auto pairs = [] {
  std::array<char, 200> out{};
  for (std::size_t i = 0; i < 100; ++i) {
    out[2 * i] = static_cast<char>('0' + i / 10);
    out[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return out;
}();

char* put_pair(char* at, std::uint32_t x) {
  return std::copy_n(&pairs[std::size_t{2} * x], 2, at);
}

// All times from 2001 to 2286 have ten digits.
char* put_seconds(char* at, std::uint64_t x) {
  if (x < 1'000'000'000 || x > 9'999'999'999)
    return std::to_chars(at, at + 20, x).ptr;
  auto upper = static_cast<std::uint32_t>(x / 10'000);
  auto lower = static_cast<std::uint32_t>(x % 10'000);
  at = put_pair(at, upper / 10'000);
  at = put_pair(at, upper / 100 % 100);
  at = put_pair(at, upper % 100);
  at = put_pair(at, lower / 100);
  return put_pair(at, lower % 100);
}

char* put(char* at, std::string_view member, stamp time) {
  auto seconds = static_cast<std::uint64_t>(time) / 1000;
  if (seconds == 0)
    return at;
  at = std::copy(member.begin(), member.end(), at);
  return put_seconds(at, seconds);
}

// Both in one piece: half the time of a long reply goes here.
void append_times(std::string& out, const record& x) {
  constexpr std::string_view active = ",\"active\":";
  constexpr std::string_view online = ",\"online\":";
  char buf[active.size() + online.size() + 40];
  auto end = put(put(buf, active, x.active), online, x.online);
  out.append(buf, end);
}

} // namespace

void begin_reply(std::string& out, std::uint32_t id) {
  out += '{';
  if (id != 0) {
    out += "\"id\":";
    append_int(out, id);
    out += ',';
  }
}

void append_nodes(std::string& out, std::span<const std::string> nodes) {
  out += "{\"nodes\":[";
  for (const auto& node : nodes) {
    if (!out.ends_with('['))
      out += ',';
    out += node;
  }
  out += "]}";
}

void append_error(std::string& out, error_code code, std::string_view message,
                  std::uint32_t id) {
  begin_reply(out, id);
  out += "\"error\":";
  append_error_object(out, code, message);
  out += '}';
}

void append_statuses(std::string& out, const user_list& users,
                     std::span<const record> records,
                     std::span<const std::string_view> failures) {
  constexpr std::size_t usual_status_size = 72;
  out.reserve(out.size() + users.size() * usual_status_size);
  out += "{\"statuses\":[";
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (i != 0)
      out += ',';
    out += "{\"user\":";
    append_json_string(out, users[i]);
    if (!failures.empty() && !failures[i].empty()) {
      out += ",\"error\":";
      append_error_object(out, error_code::internal, failures[i]);
    } else {
      const auto& x = records[i];
      append_times(out, x);
      if (!x.state.empty()) {
        out += ",\"state\":";
        append_json_string(out, x.state);
      }
    }
    out += '}';
  }
  out += "]}";
}

void append_error_object(std::string& out, error_code code,
                         std::string_view message) {
  out += "{\"code\":";
  append_int(out, static_cast<std::int64_t>(code));
  out += ",\"message\":";
  append_json_string(out, message);
  out += '}';
}

std::string join_legacy(std::span<const std::string> replies) {
  std::string out;
  for (const auto& reply : replies) {
    if (!out.empty())
      out += '\n';
    out += reply;
  }
  return out;
}

} // namespace lastseen::server_api
