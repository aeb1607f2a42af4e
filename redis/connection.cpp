#include "redis/connection.hpp"

#include "redis/server_error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace lastseen::redis {

namespace asio = boost::asio;

namespace {

// A larger output buffer is not kept.
constexpr std::size_t max_spare = 1024 * 1024;

std::string to_text(std::chrono::milliseconds x) {
  if (x.count() % 1000 == 0)
    return std::to_string(x.count() / 1000) + "s";
  return std::to_string(x.count()) + "ms";
}

bool is_push(const reply& x) {
  return x.is_flat_array(3) && x[1].text == "message";
}

} // namespace

connection::connection(asio::io_context& context, connection_options options)
  : context_{context},
    options_{std::move(options)},
    name_{(options_.peer == peer::sentinel ? "sentinel " : "redis ")
          + (options_.where ? options_.where->target()
                            : config::to_string(options_.address))},
    server_{name_},
    resolver_{context},
    socket_{context},
    timer_{context},
    random_{std::random_device{}()} {}

error connection::failure(ec code, std::string_view command,
                          std::string_view why) const {
  std::string what = server_;
  for (auto part : {command, why})
    if (!part.empty())
      (what += ": ") += part;
  return {code, std::move(what), cause_of(why)};
}

// Makes a callback that keeps the connection alive and does nothing once
// another attempt has begun.
template <class F>
auto connection::guarded(F f) {
  return [self = shared_from_this(), attempt = attempt_,
          f = std::move(f)](auto... args) {
    if (attempt == self->attempt_)
      f(args...);
  };
}

// Calls `f` with the stream and with what must live as long as it is used.
template <class F>
void connection::on_stream(F f) {
  if (encrypted_)
    f(*encrypted_, encrypted_);
  else
    f(socket_, encrypted_);
}

template <class F>
void connection::after(std::chrono::milliseconds wait, F f) {
  timer_.expires_after(wait);
  timer_.async_wait(guarded([f = std::move(f)](const error_code& failed) {
    if (!failed)
      f();
  }));
}

// -- connecting --------------------------------------------------------------

void connection::open(link_handler on_link) {
  on_link_ = std::make_shared<link_handler>(std::move(on_link));
  if (phase_ == phase::idle)
    connect();
}

void connection::connect() {
  phase_ = phase::connecting;
  if (!options_.where)
    return reach();
  server_ = name_;
  options_.where->locate(
    !std::exchange(reached_, false),
    guarded([this](const result<config::redis_address>& found) {
      if (!found)
        return lose(found.error().code, "", found.error().what);
      options_.address = *found;
      server_ = name_ + ' ' + config::to_string(*found);
      reach();
    }));
}

void connection::reach() {
  auto limit = options_.address.connect_timeout;
  after(limit, [this, limit] {
    if (phase_ == phase::connecting)
      lose(ec::unavailable, encrypted_ ? "TLS" : "connect",
           "timeout after " + to_text(limit));
  });
  endpoints_.clear();
  auto& address = options_.address;
  if (!address.unix_path.empty()) {
    endpoints_.emplace_back(
      asio::local::stream_protocol::endpoint{address.unix_path});
    return connect_to(0);
  }
  error_code no_number;
  auto ip = asio::ip::make_address(address.host, no_number);
  if (no_number)
    return resolve();
  endpoints_.emplace_back(asio::ip::tcp::endpoint{ip, address.port});
  connect_to(0);
}

void connection::resolve() {
  resolver_.async_resolve(
    options_.address.host, std::to_string(options_.address.port),
    guarded([this](const error_code& failed,
                   const asio::ip::tcp::resolver::results_type& found) {
      if (failed)
        return lose("resolve", failed);
      for (auto& entry : found)
        endpoints_.emplace_back(entry.endpoint());
      connect_to(0);
    }));
}

void connection::connect_to(std::size_t index) {
  error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(endpoints_[index],
                        guarded([this, index](const error_code& failed) {
                          if (!failed)
                            options_.tls ? encrypt() : greet();
                          else if (index + 1 < endpoints_.size())
                            connect_to(index + 1);
                          else
                            lose("connect", failed);
                        }));
}

void connection::encrypt() {
  encrypted_ =
    std::make_shared<tls_stream>(std::move(socket_), options_.tls->context());
  auto* ssl = encrypted_->native_handle();
  if (auto wrong = options_.tls->prepare(ssl, options_.address.host);
      !wrong.empty())
    return lose(ec::unavailable, "TLS", wrong);
  encrypted_->async_handshake(
    tls_stream::client,
    guarded([this, kept = encrypted_](const error_code& failed) {
      if (failed)
        lose(ec::unavailable, "TLS",
             handshake_failure(kept->native_handle(), failed));
      else
        greet();
    }));
}

void connection::greet() {
  phase_ = phase::greeting;
  auto& lowest = encrypted_ ? encrypted_->next_layer() : socket_;
  error_code ignored; // a Unix socket has neither option
  lowest.set_option(asio::ip::tcp::no_delay{true}, ignored);
  lowest.set_option(asio::socket_base::keep_alive{true}, ignored);
  reader_ = std::make_unique<reply_reader>();
  handshake_.emplace(options_.address, options_.client_name, options_.script,
                     options_.peer);
  output_ = handshake_->bytes();
  for (auto command : handshake_->commands())
    queue_.push_back({command, nullptr, {}});
  unsent_ = queue_.size();
  flushing_ = true;
  flush();
  read();
}

void connection::greeted(const answer& x) {
  auto taken = handshake_->take(*x.text);
  if (!taken)
    return lose(taken.error().code, "", taken.error().what);
  if (!handshake_->done())
    return;
  phase_ = phase::up;
  reached_ = true;
  up_since_ = x.received;
  script_sha_ = handshake_->sha();
  auto notify = on_link_;
  (*notify)({true, {handshake_->server_time(), x.sent, x.received}, {}});
}

// -- commands ----------------------------------------------------------------

std::optional<error> connection::refusal(std::string_view command) const {
  if (phase_ == phase::up)
    return std::nullopt;
  if (phase_ == phase::closed)
    return failure(ec::stopped, command, "the service is stopping");
  return error{ec::unavailable, name_ + ": " + std::string{command}
                                  + ": not connected: " + last_cause_};
}

std::optional<local_time> connection::waiting_since() const noexcept {
  if (queue_.size() == unsent_)
    return std::nullopt;
  return queue_.front().sent;
}

void connection::send(std::string_view command, const encoder& encode,
                      handler done) {
  if (auto refused = refusal(command))
    return done(std::move(*refused));
  encode(output_);
  queue_.push_back({command, std::move(done), {}});
  ++unsent_;
  if (std::exchange(flushing_, true))
    return;
  asio::post(context_, guarded([this] { flush(); }));
}

void connection::flush() {
  auto now = boot_clock::now();
  for (; unsent_ != 0; --unsent_)
    queue_[queue_.size() - unsent_].sent = now;
  writing_.swap(output_);
  written_ = 0;
  watch();
  write();
}

void connection::write() {
  auto rest = asio::buffer(writing_) + written_;
  on_stream([&](auto& stream, auto kept) {
    stream.async_write_some(
      rest, guarded([this, kept](const error_code& failed, std::size_t size) {
        if (failed)
          return lose(queue_.empty() ? "" : queue_.front().command, failed);
        written_ += size;
        if (written_ != writing_.size())
          return write();
        writing_.clear();
        if (writing_.capacity() > max_spare)
          std::string{}.swap(writing_);
        flushing_ = !output_.empty();
        if (flushing_)
          flush();
      }));
  });
}

void connection::read() {
  on_stream([&](auto& stream, auto kept) {
    stream.async_read_some(
      asio::buffer(input_),
      guarded([this, kept](const error_code& failed, std::size_t size) {
        if (failed)
          return lose(queue_.empty() ? "" : queue_.front().command, failed);
        auto attempt = attempt_;
        take({input_.data(), size}, boot_clock::now());
        if (attempt == attempt_)
          read();
      }));
  });
}

void connection::take(std::string_view bytes, local_time received) {
  auto attempt = attempt_;
  reader_->feed(bytes);
  while (attempt == attempt_) {
    auto text = reader_->next();
    if (!text)
      return lose(ec::unavailable, "", text.error().what);
    if (*text == nullptr)
      return;
    if (options_.on_push && is_push(**text)) {
      auto push = options_.on_push;
      push(**text);
      continue;
    }
    if (queue_.size() == unsent_)
      return lose(ec::unavailable, "",
                  "protocol error: reply without a command");
    auto oldest = std::move(queue_.front());
    queue_.pop_front();
    answer x{*text, oldest.sent, received};
    if (oldest.done)
      oldest.done(x);
    else
      greeted(x);
  }
}

void connection::watch() {
  if (std::exchange(watching_, true))
    return;
  after(options_.address.io_timeout, [this] { expire(); });
}

void connection::expire() {
  watching_ = false;
  if (queue_.empty())
    return;
  auto limit = options_.address.io_timeout;
  auto age = boot_clock::now() - queue_.front().sent;
  if (queue_.size() == unsent_)
    age = {};
  auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - age);
  // If it was this process that stood still, the reply is there, unread.
  error_code ignored;
  auto& lowest = encrypted_ ? encrypted_->next_layer() : socket_;
  if (left.count() <= 0 && lowest.available(ignored) != 0)
    left = backoff::first;
  if (left.count() <= 0)
    return lose(ec::unavailable, queue_.front().command,
                "timeout after " + to_text(limit));
  watching_ = true;
  after(left, [this] { expire(); });
}

// -- the end -----------------------------------------------------------------

void connection::drop(std::string_view command, std::string_view why) {
  if (phase_ == phase::greeting || phase_ == phase::up)
    lose(ec::unavailable, command, why);
}

void connection::move(const config::redis_address& to) {
  auto there = options_.address.host == to.host
               && options_.address.port == to.port && server_ != name_;
  if (phase_ == phase::closed || !on_link_ || (there && phase_ != phase::idle))
    return;
  backoff_.reset();
  if (phase_ == phase::greeting || phase_ == phase::up)
    return lose(ec::unavailable, "",
                "the master is now at " + config::to_string(to));
  ++attempt_;
  end(ec::unavailable, "");
  connect();
}

void connection::lose(std::string_view command, const error_code& failed) {
  std::string why =
    failed == asio::error::eof || failed == asio::ssl::error::stream_truncated
      ? "connection closed by the server"
      : failed.message();
  // With TLS 1.3 a server tells it too late to be heard.
  if (phase_ == phase::greeting && encrypted_)
    why += " (it may want a client certificate)";
  lose(ec::unavailable, command, why);
}

void connection::lose(ec code, std::string_view command, std::string_view why) {
  if (phase_ == phase::up && boot_clock::now() - up_since_ > backoff::last)
    backoff_.reset();
  auto cause = failure(code, command, why);
  // Of which server, where that varies.
  auto is_named = server_ != name_;
  last_cause_ = cause.what.substr(name_.size() + (is_named ? 1 : 2));
  auto reason = std::string{why}; // it may belong to what ends now
  auto notify = on_link_;
  // All is in place before anyone is told, who may call `close`.
  phase_ = phase::idle;
  ++attempt_;
  after(backoff_.next(static_cast<std::uint32_t>(random_())),
        [this] { connect(); });
  (*notify)({false, {}, std::move(cause)});
  end(ec::unavailable, reason);
}

void connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  ++attempt_;
  timer_.cancel();
  on_link_ = nullptr;
  end(ec::stopped, "the service is stopping");
}

// Gives back what the connection had and fails what it owed.
void connection::end(ec code, std::string_view why) {
  error_code ignored;
  socket_.close(ignored);
  if (auto encrypted = std::exchange(encrypted_, nullptr))
    encrypted->next_layer().close(ignored);
  resolver_.cancel();
  output_.clear();
  writing_.clear();
  unsent_ = 0;
  flushing_ = false;
  watching_ = false;
  for (auto& command : std::exchange(queue_, {}))
    if (command.done)
      command.done(failure(code, command.command, why));
}

} // namespace lastseen::redis
