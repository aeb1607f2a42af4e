#include "net/api/json_response.hpp"
#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

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

char* put(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

char* put_times(char* at, const record& x) {
  return put(put(at, ",\"active\":", x.active), ",\"online\":", x.online);
}

// Half the time of a long read would go into statuses appended in pieces.
class status_writer {
public:
  explicit status_writer(std::string& out) noexcept : out_{out} {}

  /// @returns false, and does nothing, unless the user is short and needs no
  /// escape.
  bool add(std::string_view user, const record& x) {
    if (user.size() > max_user)
      return false;
    if (end_ + max_status > std::end(block_))
      flush();
    auto* at = put(end_, "{\"user\":\"");
    if (!copy_plain(at, user))
      return false;
    at += user.size();
    *at++ = '"';
    end_ = put(put_times(at, x), "},");
    return true;
  }

  /// Before anybody else appends.
  void flush() {
    out_.append(block_, end_);
    end_ = block_;
  }

private:
  static constexpr std::size_t max_user = 128;
  static constexpr std::size_t max_status = max_user + 80;

  std::string& out_;
  char block_[4096];
  char* end_ = block_;
};

void begin_status(std::string& out, std::string_view user) {
  out += "{\"user\":";
  append_json_string(out, user);
}

void append_slowly(std::string& out, std::string_view user, const record& x) {
  constexpr std::size_t max_times = 60;
  char times[max_times];
  begin_status(out, user);
  out.append(times, put_times(times, x));
  if (!x.state.empty()) {
    out += ",\"state\":";
    append_json_string(out, x.state);
  }
  out += "},";
}

void append_failure(std::string& out, std::string_view user,
                    std::string_view message) {
  begin_status(out, user);
  out += ",\"error\":";
  append_error_object(out, error_code::internal, message);
  out += "},";
}

} // namespace

void append_statuses(std::string& out, const user_list& users,
                     std::span<const record> records,
                     std::span<const std::string_view> failures) {
  constexpr std::size_t usual_status_size = 72;
  out.reserve(out.size() + users.size() * usual_status_size);
  out += "{\"statuses\":[";
  status_writer writer{out};
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto failed = !failures.empty() && !failures[i].empty();
    if (!failed && records[i].state.empty() && writer.add(users[i], records[i]))
      continue;
    writer.flush();
    if (failed)
      append_failure(out, users[i], failures[i]);
    else
      append_slowly(out, users[i], records[i]);
  }
  writer.flush();
  if (!users.empty())
    out.pop_back(); // the last comma
  out += "]}";
}

} // namespace lastseen::server_api
