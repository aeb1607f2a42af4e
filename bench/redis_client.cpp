#include "bench/redis_client.hpp"

#include <algorithm>
#include <charconv>

namespace lastseen::bench {

namespace {

void append_command(std::string& out,
                    const std::vector<std::string_view>& words) {
  out += '*' + std::to_string(words.size()) + "\r\n";
  for (auto word : words) {
    out += '$' + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
}

error refused(std::string_view answer) {
  return {ec::rejected, "redis: " + std::string{answer.substr(0, 200)}};
}

} // namespace

std::string status_key(std::string_view user) {
  return "lastseen.user_status." + std::string{user};
}

result<redis_client> redis_client::connect(std::uint16_t port) {
  auto fd = connect_to(port);
  if (!fd)
    return fd.error();
  return redis_client{std::move(*fd)};
}

result<std::string>
redis_client::bulk(const std::vector<std::string_view>& command) {
  std::string text;
  append_command(text, command);
  if (auto done = send_all(fd_.value(), text); !done)
    return done.error();
  std::string in;
  while (in.find("\r\n") == in.npos)
    if (auto done = receive(fd_.value(), in); !done)
      return done.error();
  if (in == "$-1\r\n")
    return std::string{};
  auto begin = in.find("\r\n") + 2;
  std::size_t length = 0;
  if (in.front() != '$'
      || std::from_chars(in.data() + 1, in.data() + begin, length).ec
           != std::errc{})
    return refused(in);
  while (in.size() < begin + length + 2)
    if (auto done = receive(fd_.value(), in); !done)
      return done.error();
  return in.substr(begin, length);
}

result<void> redis_client::fill(const population& users) {
  constexpr std::size_t chunk = 10'000;
  constexpr std::string_view ok = "+OK\r\n";
  constexpr std::string_view month = "2678400";
  std::string commands;
  for (std::size_t i = 0; i < users.size;) {
    commands.clear();
    auto end = std::min(users.size, i + chunk);
    auto expected = (end - i) * ok.size();
    for (; i < end; ++i)
      append_command(commands, {"SET", status_key(users.name(i)),
                                encode(users.status(i)), "EX", month});
    if (auto done = send_all(fd_.value(), commands); !done)
      return done.error();
    std::string in;
    while (in.size() < expected)
      if (auto done = receive(fd_.value(), in); !done)
        return done.error();
    for (std::size_t at = 0; at < expected; at += ok.size())
      if (in.compare(at, ok.size(), ok) != 0)
        return refused(std::string_view{in}.substr(at));
  }
  return {};
}

} // namespace lastseen::bench
