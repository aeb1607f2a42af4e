#include "net/api/json_response.hpp"
#include "net/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace lastseen::server_api {

namespace {

// With the member's name.
constexpr std::size_t max_time = 30;

template <std::size_t N>
char* put(char* at, const char (&text)[N]) {
  return std::copy_n(text, N - 1, at);
}

// A time in milliseconds as seconds: what is before 2001 has fewer than ten
// digits, or is none.
template <std::size_t N>
char* put_number(char* at, const char (&member)[N], std::string_view digits) {
  std::uint64_t time = 0;
  std::from_chars(digits.begin(), digits.end(), time);
  if (time < 1000)
    return at;
  return std::to_chars(put(at, member), at + max_time, time / 1000).ptr;
}

template <std::size_t N>
char* put_time(char* at, const char (&member)[N], std::string_view digits) {
  if (digits.front() == '0')
    return put_number(at, member, digits);
  return std::copy_n(digits.begin(), 10, put(at, member));
}

char* put_times(char* at, const stored_times& x) {
  at = put_time(at, ",\"active\":", x.active);
  return put_time(at, ",\"online\":", x.online);
}

// Half the time of a long read would go into statuses appended in pieces.
class status_writer {
public:
  explicit status_writer(std::string& out) noexcept : out_{out} {}

  /// @returns false, and does nothing, unless the user is short and needs no
  /// escape, and the record has at most times.
  bool add(std::string_view user, std::string_view stored) {
    if (user.size() > max_user || stored.size() > bare_form_size)
      return false;
    if (end_ + max_status > std::end(block_))
      flush();
    auto* at = put(end_, "{\"user\":\"");
    if (!copy_plain(at, user))
      return false;
    at += user.size();
    *at++ = '"';
    if (!stored.empty())
      at = put_times(at, times_of(stored));
    end_ = put(at, "},");
    return true;
  }

  /// Before anybody else appends.
  void flush() {
    out_.append(block_, end_);
    end_ = block_;
  }

private:
  static constexpr std::size_t max_user = 128;
  static constexpr std::size_t max_status = max_user + 2 * max_time + 20;

  std::string& out_;
  char block_[4096];
  char* end_ = block_;
};

void begin_status(std::string& out, std::string_view user) {
  out += "{\"user\":";
  append_json_string(out, user);
}

void append_slowly(std::string& out, std::string_view user,
                   std::string_view stored) {
  begin_status(out, user);
  if (!stored.empty()) {
    char times[2 * max_time];
    out.append(times, put_times(times, times_of(stored)));
  }
  if (auto x = decode(stored); x && !x->state.empty()) {
    out += ",\"state\":";
    append_json_string(out, x->state);
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
                     const record_list& records,
                     std::span<const std::string_view> failures) {
  constexpr std::size_t usual_status_size = 72;
  out.reserve(out.size() + users.size() * usual_status_size);
  out += "{\"statuses\":[";
  status_writer writer{out};
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto failed = !failures.empty() && !failures[i].empty();
    auto stored = records.text(i);
    if (!failed && writer.add(users[i], stored))
      continue;
    writer.flush();
    if (failed)
      append_failure(out, users[i], failures[i]);
    else
      append_slowly(out, users[i], stored);
  }
  writer.flush();
  if (!users.empty())
    out.pop_back(); // the last comma
  out += "]}";
}

} // namespace lastseen::server_api
