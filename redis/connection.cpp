#include "redis/connection.hpp"

#include "redis/connection_steps.hpp"
#include "redis/server_error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace lastseen::redis {

namespace asio = boost::asio;

namespace {

// A larger output buffer is not kept.
constexpr std::size_t max_spare = 1024 * 1024;

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
