#include "bench/ws_load.hpp"

#include "bench/loopback.hpp"
#include "bench/process.hpp"
#include "bench/protobuf.hpp"
#include "bench/users.hpp"
#include "bench/websocket.hpp"
#include "bench/ws_connect.hpp"
#include "cli/sign_token.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace lastseen::bench {

namespace {

using namespace std::chrono_literals;

/// Any value will do: nobody between us and the server is to be confused.
constexpr std::uint32_t mask_key = 0x5ca1ab1e;

struct client {
  descriptor fd;
  /// The beginning of a frame.
  std::string rest;
  std::uint32_t next_id = 2;
  /// The request whose reply comes next.
  std::uint32_t due_id = 2;
  /// When each outstanding request was sent, at the index id % outstanding.
  std::vector<clock::time_point> sent;
  std::size_t pings = 0;
};

/// A connect command, its id 1: the fields of contract B.4.2.
std::string connect_message(std::string_view token, bool protobuf) {
  if (!protobuf)
    return "{\"connect\":{\"token\":\"" + std::string{token}
           + "\",\"name\":\"bench\"},\"id\":1}";
  auto request =
    "\x0a" + proto::with_length(token) + "\x22" + proto::with_length("bench");
  return proto::with_length("\x08\x01\x22" + proto::with_length(request));
}

/// Takes the next message off the front of `bytes`; empty when it is
/// incomplete.
result<std::string_view> take_message(std::string_view& bytes,
                                      ws::opcode expected) {
  auto h = ws::read_header(bytes);
  if (!h || h->length > bytes.size() - h->size)
    return std::string_view{};
  auto payload = bytes.substr(h->size, h->length);
  bytes.remove_prefix(h->size + h->length);
  if (h->code == ws::opcode::close && payload.size() >= 2) {
    auto code = static_cast<std::uint8_t>(payload[0]) << 8
                | static_cast<std::uint8_t>(payload[1]);
    return error{ec::unavailable, "closed with " + std::to_string(code) + ' '
                                    + std::string{payload.substr(2)}};
  }
  if (h->code != expected || !h->final || h->masked || payload.empty())
    return error{ec::unavailable,
                 "not a whole frame of messages: opcode "
                   + std::to_string(static_cast<int>(h->code))};
  return payload;
}

/// Connected clients, and what both loads share: reading and pongs.
class fleet : public traffic {
public:
  result<void> connect(const ws_options& options) {
    clients_.resize(options.connections);
    protobuf_ = options.protobuf;
    opcode_ = protobuf_ ? ws::opcode::binary : ws::opcode::text;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (interrupted())
        return error{ec::stopped, "interrupted"};
      if (auto done = connect_one(options, i); !done)
        return annotate(i, done.error());
      // The first ones may be pinged while the last ones connect.
      if (auto done = i % 64 == 0 ? turn(0ms) : result<void>{}; !done)
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
        return annotate(i, done.error());
    return {};
  }

protected:
  virtual result<void> on_reply(client& c, std::string_view reply) = 0;

  void queue(std::string_view message) {
    ws::append_masked(out_, opcode_, message, mask_key);
  }

  result<void> flush(client& c) {
    if (out_.empty())
      return {};
    auto done = send_now(c.fd.value(), out_);
    out_.clear();
    return done;
  }

  std::vector<client> clients_;
  std::chrono::seconds ping_interval_{0};
  /// When the bytes in hand were read.
  clock::time_point now_;

private:
  static error annotate(std::size_t number, error e) {
    e.what = "connection " + std::to_string(number) + ": " + e.what;
    return e;
  }

  result<void> connect_one(const ws_options& options, std::size_t number) {
    auto& c = clients_[number];
    auto fd = connect_to(options.port, number);
    if (!fd)
      return fd.error();
    c.fd = std::move(*fd);
    auto in = ws_upgrade(c.fd.value(), protobuf_);
    if (!in)
      return in.error();
    auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
    auto token = cli::sign_token(connected_user(number), now, now + 1h,
                                 options.hmac_secret);
    queue(connect_message(token, protobuf_));
    if (auto done = flush(c); !done)
      return done.error();
    return await_connect_reply(c, std::move(*in), number);
  }

  result<void> await_connect_reply(client& c, std::string in,
                                   std::size_t number) {
    for (;;) {
      std::string_view bytes = in;
      auto reply = take_message(bytes, opcode_);
      if (!reply)
        return reply.error();
      if (!reply->empty()) {
        if (!on_connected(*reply))
          return bad_reply("a connect reply", *reply);
        c.rest = bytes;
        return poller_.add(c.fd.value(), number);
      }
      if (auto done = receive(c.fd.value(), in); !done)
        return done.error();
    }
  }

  bool on_connected(std::string_view reply) {
    if (protobuf_) {
      if (proto::take_varint(reply) != reply.size())
        return false;
      auto connected = proto::find_field(reply, 5).bytes;
      ping_interval_ =
        std::chrono::seconds{proto::find_field(connected, 7).number};
      return !proto::find_field(connected, 1).bytes.empty();
    }
    read_ping_interval(reply);
    return reply.starts_with("{\"id\":1,\"connect\":{");
  }

  void read_ping_interval(std::string_view reply) {
    constexpr std::string_view name = "\"ping\":";
    auto at = reply.find(name);
    if (at == reply.npos)
      return;
    auto seconds = ping_interval_.count();
    std::from_chars(reply.data() + at + name.size(),
                    reply.data() + reply.size(), seconds);
    ping_interval_ = std::chrono::seconds{seconds};
  }

  result<void> read(client& c) {
    auto kept = c.rest.copy(in_.data(), c.rest.size());
    auto n = receive_now(c.fd.value(), in_.data() + kept, in_.size() - kept);
    if (!n)
      return n.error();
    now_ = clock::now();
    std::string_view bytes{in_.data(), kept + *n};
    for (;;) {
      auto message = take_message(bytes, opcode_);
      if (!message)
        return message.error();
      if (message->empty())
        break;
      if (auto done = split(c, *message); !done)
        return done.error();
    }
    if (bytes.size() == in_.size())
      return error{ec::unavailable, "a frame of over 64 KB"};
    c.rest = bytes;
    return flush(c);
  }

  /// Replies of one frame are separated by newlines; in Protobuf each has its
  /// length, and only pings, which have none, are expected.
  result<void> split(client& c, std::string_view message) {
    if (protobuf_) {
      for (auto length : message) {
        if (length != 0)
          return bad_reply("pings", message);
        ++c.pings;
        queue({&length, 1});
        if (auto done = on_reply(c, "{}"); !done)
          return done.error();
      }
      return {};
    }
    while (!message.empty()) {
      auto reply = message.substr(0, message.find('\n'));
      message.remove_prefix(std::min(message.size(), reply.size() + 1));
      if (reply == "{}") {
        ++c.pings;
        queue("{}");
      }
      if (auto done = on_reply(c, reply); !done)
        return done.error();
    }
    return {};
  }

  poller poller_;
  bool protobuf_ = false;
  ws::opcode opcode_ = ws::opcode::text;
  std::array<char, 65536> in_;
  std::string out_;
};

class rpc_fleet : public fleet {
public:
  explicit rpc_fleet(std::size_t outstanding_each) : each_(outstanding_each) {}

  result<void> start() {
    now_ = clock::now();
    for (auto& c : clients_) {
      c.sent.resize(each_);
      for (std::size_t i = 0; i < each_; ++i)
        request(c);
      if (auto done = flush(c); !done)
        return done.error();
    }
    return {};
  }

protected:
  result<void> on_reply(client& c, std::string_view reply) override {
    if (reply == "{}")
      return {};
    text_ = "{\"id\":";
    text_ += std::to_string(c.due_id);
    text_ += ",\"rpc\":{\"data\":{}}}";
    if (reply != text_ || c.due_id == c.next_id)
      return bad_reply(text_, reply);
    completed(now_ - c.sent[c.due_id++ % each_]);
    --outstanding;
    if (refill)
      request(c);
    return {};
  }

private:
  void request(client& c) {
    text_ = "{\"rpc\":{\"method\":\"update_user_status\",\"data\":{}},\"id\":";
    text_ += std::to_string(c.next_id);
    text_ += '}';
    queue(text_);
    c.sent[c.next_id++ % each_] = now_;
    ++outstanding;
  }

  std::size_t each_;
  std::string text_;
};

class idle_fleet : public fleet {
public:
  result<void> start() {
    if (ping_interval_ == 0s)
      return error{ec::unavailable, "the connect reply names no ping interval"};
    return {};
  }

  result<void> check(clock::duration elapsed) const {
    auto due = static_cast<std::size_t>(elapsed / ping_interval_);
    for (std::size_t i = 0; i < clients_.size(); ++i)
      if (clients_[i].pings < due)
        return error{ec::unavailable,
                     "connection " + std::to_string(i) + " got "
                       + std::to_string(clients_[i].pings) + " pings, expected "
                       + std::to_string(due)};
    return {};
  }

protected:
  result<void> on_reply(client&, std::string_view reply) override {
    if (reply != "{}")
      return bad_reply("a ping", reply);
    completed();
    return {};
  }
};

} // namespace

result<report> ws_rpc(const ws_options& options, const window& when) {
  rpc_fleet load{options.outstanding};
  if (auto done = load.connect(options); !done)
    return done.error();
  if (auto done = load.start(); !done)
    return done.error();
  return measure(load, when);
}

result<report> ws_idle(const ws_options& options, const window& when) {
  idle_fleet load;
  if (auto done = load.connect(options); !done)
    return done.error();
  if (auto done = load.start(); !done)
    return done.error();
  auto x = measure(load, when);
  if (!x)
    return x;
  if (auto done = load.check(x->elapsed); !done)
    return done.error();
  return x;
}

} // namespace lastseen::bench
