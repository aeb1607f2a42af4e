#include "redis/command.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <memory>
#include <vector>

namespace lastseen::redis {

namespace {

void append_line(std::string& out, char type, std::size_t number) {
  char buf[24];
  buf[0] = type;
  auto* end = std::to_chars(buf + 1, buf + 22, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(buf, static_cast<std::size_t>(end - buf));
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
  append_line(out, '*', arguments);
}

void append_bulk(std::string& out, std::string_view bytes) {
  append_line(out, '$', bytes.size());
  out.append(bytes);
  out.append("\r\n", 2);
}

void append_bulk(std::string& out, std::string_view prefix,
                 std::string_view bytes) {
  append_line(out, '$', prefix.size() + bytes.size());
  out.append(prefix);
  out.append(bytes);
  out.append("\r\n", 2);
}

void append_bulk(std::string& out, std::size_t number) {
  char buf[20];
  auto* end = std::to_chars(buf, buf + sizeof buf, number).ptr;
  append_bulk(out, {buf, static_cast<std::size_t>(end - buf)});
}

} // namespace lastseen::redis
