#include "redis/command.hpp"

#include "status/text_buffer.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

namespace lastseen::redis {

namespace {

constexpr std::size_t max_line = 23; // of a type, 20 digits and the line end

char* put_line(char* at, char type, std::size_t number) {
  *at++ = type;
  at = std::to_chars(at, at + 20, number).ptr;
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

constexpr std::size_t max_bulk(std::size_t size) {
  return max_line + size + 2;
}

// In one piece: four appends would take twice as long.
char* put_bulk(char* at, std::string_view prefix, std::string_view bytes) {
  at = put_line(at, '$', prefix.size() + bytes.size());
  at = std::copy(prefix.begin(), prefix.end(), at);
  at = std::copy(bytes.begin(), bytes.end(), at);
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

void cut(std::string& text, const char* end) {
  text.resize(static_cast<std::size_t>(end - text.data()));
}

} // namespace

void append_command(std::string& out,
                    std::initializer_list<std::string_view> args) {
  std::vector<const char*> data;
  std::vector<std::size_t> sizes;
  for (auto arg : args) {
    data.push_back(arg.data());
    sizes.push_back(arg.size());
  }
  char* text = nullptr;
  auto size = redisFormatCommandArgv(&text, static_cast<int>(data.size()),
                                     data.data(), sizes.data());
  std::unique_ptr<char, decltype(&redisFreeCommand)> owner{text,
                                                           redisFreeCommand};
  if (size > 0)
    out.append(text, static_cast<std::size_t>(size));
}

void append_array(std::string& out, std::size_t arguments) {
  char buf[max_line];
  out.append(buf, put_line(buf, '*', arguments));
}

void append_bulk(std::string& out, std::string_view bytes) {
  append_bulk(out, {}, bytes);
}

void append_bulk(std::string& out, std::string_view prefix,
                 std::string_view bytes) {
  auto used = out.size();
  out.resize(used + max_bulk(prefix.size() + bytes.size()));
  cut(out, put_bulk(out.data() + used, prefix, bytes));
}

void append_bulks(std::string& out, std::string_view prefix,
                  const user_list& users) {
  auto used = out.size();
  out.resize(used + users.bytes() + users.size() * max_bulk(prefix.size()));
  auto* at = out.data() + used;
  std::string head; // all before the user; most users are as long as the last
  std::size_t size = 0;
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto user = users[i];
    if (head.empty() || user.size() != size) {
      size = user.size();
      char line[max_line];
      head.assign(line, put_line(line, '$', prefix.size() + size));
      head += prefix;
    }
    at = copy_short(head, at);
    at = copy_short(user, at);
    *at++ = '\r';
    *at++ = '\n';
  }
  cut(out, at);
}

void append_bulk(std::string& out, std::size_t number) {
  char buf[20];
  auto* end = std::to_chars(buf, buf + sizeof buf, number).ptr;
  append_bulk(out, {buf, static_cast<std::size_t>(end - buf)});
}

} // namespace lastseen::redis
