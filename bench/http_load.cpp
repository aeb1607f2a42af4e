#include "bench/http_load.hpp"

#include "bench/loopback.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace lastseen::bench {

namespace {

struct client {
  descriptor fd;
  /// The beginning of a response.
  std::string in;
  std::string expected;
  clock::time_point sent;
};

/// Appends the call for `numbers` to `request`; returns the body it must get.
std::string make_call(const http_options& options,
                      const std::vector<std::size_t>& numbers,
                      std::string& request) {
  std::string body = "{\"users\":[";
  std::string expected = "{\"result\":{\"statuses\":[";
  for (auto number : numbers) {
    body += '"' + options.users.name(number) + "\",";
    expected += options.users.json(number) + ',';
  }
  body.back() = ']';
  body += '}';
  expected.back() = ']';
  expected += "}}";
  request += "POST /api/get_user_status HTTP/1.1\r\nHost: 127.0.0.1\r\n"
             "X-API-Key: "
             + options.api_key
             + "\r\nContent-Type: application/json\r\nContent-Length: "
             + std::to_string(body.size()) + "\r\n\r\n" + body;
  return expected;
}

/// The bytes of the body that `head` announces.
result<std::size_t> content_length(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  constexpr std::string_view name = "\r\ncontent-length:";
  auto at = head.find(name);
  if (at != head.npos)
    at = head.find_first_not_of(' ', at + name.size());
  std::size_t length = 0;
  if (at == head.npos
      || std::from_chars(head.data() + at, head.data() + head.size(), length).ec
           != std::errc{})
    return error{ec::unavailable, "no Content-Length in " + head};
  return length;
}

/// Whether `in` holds the whole response, which is the right one.
result<bool> check(const std::string& in, const std::string& expected) {
  auto head_size = in.find("\r\n\r\n");
  if (head_size == in.npos)
    return false;
  auto length = content_length(in.substr(0, head_size));
  if (!length)
    return length.error();
  auto body = std::string_view{in}.substr(head_size + 4);
  if (body.size() < *length)
    return false;
  if (in.starts_with("HTTP/1.1 200") && body == expected)
    return true;
  auto [at, other] =
    std::mismatch(body.begin(), body.end(), expected.begin(), expected.end());
  constexpr std::size_t enough = 200;
  auto offset = static_cast<std::size_t>(at - body.begin());
  return error{ec::unavailable, in.substr(0, in.find('\r')) + ": at byte "
                                  + std::to_string(offset)
                                  + " of the body: expected "
                                  + expected.substr(offset, enough) + ", got "
                                  + std::string{body.substr(offset, enough)}};
}

class http_fleet : public traffic {
public:
  explicit http_fleet(const http_options& options)
    : options_(options),
      clients_(options.connections),
      pick_(0, options.users.size - 1) {}

  result<void> start() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      auto fd = connect_to(options_.port, i);
      if (!fd)
        return fd.error();
      clients_[i].fd = std::move(*fd);
      if (auto done = poller_.add(clients_[i].fd.value(), i); !done)
        return done.error();
      if (auto done = call(clients_[i]); !done)
        return done.error();
    }
    return {};
  }

  result<void> turn(std::chrono::milliseconds patience) override {
    auto ready = poller_.wait(patience);
    if (!ready)
      return ready.error();
    for (auto i : **ready)
      if (auto done = read(clients_[i]); !done)
        return done.error();
    return {};
  }

private:
  result<void> call(client& c) {
    numbers_.resize(options_.users_per_call);
    for (auto& number : numbers_)
      number = pick_(random_);
    request_.clear();
    c.expected = make_call(options_, numbers_, request_);
    c.sent = clock::now();
    ++outstanding;
    return send_now(c.fd.value(), request_);
  }

  result<void> read(client& c) {
    auto n = receive_now(c.fd.value(), in_.data(), in_.size());
    if (!n)
      return n.error();
    c.in.append(in_.data(), *n);
    auto complete = check(c.in, c.expected);
    if (!complete)
      return complete.error();
    if (!*complete)
      return {};
    completed(clock::now() - c.sent);
    --outstanding;
    c.in.clear();
    // What comes without a call is not what is expected.
    c.expected.clear();
    return refill ? call(c) : result<void>{};
  }

  const http_options& options_;
  std::vector<client> clients_;
  poller poller_;
  // The same calls in every run.
  std::mt19937_64 random_{1};
  std::uniform_int_distribution<std::size_t> pick_;
  std::vector<std::size_t> numbers_;
  std::string request_;
  std::array<char, 65536> in_;
};

} // namespace

result<report> http_get(const http_options& options, const window& when) {
  http_fleet load{options};
  if (auto done = load.start(); !done)
    return done.error();
  return measure(load, when);
}

result<void> http_get_once(const http_options& options) {
  auto fd = connect_to(options.port);
  if (!fd)
    return fd.error();
  std::string request;
  auto expected = make_call(options, {0}, request);
  if (auto done = send_all(fd->value(), request); !done)
    return done.error();
  std::string in;
  for (;;) {
    if (auto done = receive(fd->value(), in); !done)
      return done.error();
    auto complete = check(in, expected);
    if (!complete)
      return complete.error();
    if (*complete)
      return {};
  }
}

} // namespace lastseen::bench
