#include "net/transport.hpp"

#include "net/receive_budget.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <utility>

namespace lastseen {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A larger buffer is given back once it is empty.
constexpr std::size_t keep_output = 1024;

} // namespace

transport::transport(io_thread& home, tcp_socket socket)
  : home_(home), socket_(std::move(socket)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ++home_.connections();
}

transport::~transport() {
  count(0);
  --home_.connections();
}

void transport::encrypt(std::shared_ptr<const tls_context> context) {
  tls_ =
    std::make_unique<tls_stream>(std::move(context), socket_.native_handle());
}

void transport::use(std::shared_ptr<transport_handler> handler,
                    std::span<char> rest) {
  if (handler_) {
    next_ = std::move(handler);
    rest_ = rest;
    return;
  }
  handler_ = std::move(handler);
  self_ = shared_from_this();
  wait();
}

// -- reading ------------------------------------------------------------------

void transport::wait() {
  if (waiting_ || paused_ || ended_ || !socket_.is_open())
    return;
  waiting_ = true;
  auto ready = [self = shared_from_this()](error_code ec) {
    self->waiting_ = false;
    if (!ec && self->socket_.is_open() && !self->paused_)
      self->receive();
  };
  if (tls_ && tls_->has_more())
    return asio::post(home_.context(), [ready] { ready({}); });
  auto what = tls_ && tls_->reads_by_writing() ? tcp_socket::wait_write
                                               : tcp_socket::wait_read;
  using memory = handler_memory::allocator<std::byte>;
  socket_.async_wait(
    what, asio::bind_allocator(memory{wait_memory_}, std::move(ready)));
}

std::size_t transport::read_some(std::span<char> into, error_code& ec) {
  return tls_ ? tls_->read(into, ec)
              : socket_.read_some(asio::buffer(into.data(), into.size()), ec);
}

void transport::receive() {
  auto buffer = home_.receive_buffer();
  error_code ec;
  auto n = read_some(buffer, ec);
  if (ec == asio::error::would_block || ec == asio::error::interrupted)
    return wait();
  if (ec == asio::error::eof)
    return on_end();
  if (ec)
    return lost(ec == asio::error::connection_reset);
  if (!finishing_)
    give(buffer.first(n));
  at_turn_end();
}

void transport::give(std::span<char> bytes) {
  auto current = handler_;
  current->on_data(bytes);
  while (next_ && socket_.is_open() && !finishing_) {
    current = handler_ = std::exchange(next_, nullptr);
    auto rest = std::exchange(rest_, {});
    current->on_start();
    if (!rest.empty() && socket_.is_open() && !finishing_)
      current->on_data(rest);
  }
  count_kept();
}

void transport::count_kept() {
  if (budget_ != nullptr && socket_.is_open())
    count(handler_->kept());
}

void transport::count(std::size_t kept) {
  if (kept != kept_)
    budget_->keep(*this, std::exchange(kept_, kept), kept);
}

// What was said to the peer is still sent: it may have closed its side only.
void transport::on_end() {
  ended_ = true;
  auto current = handler_;
  if (!current->on_end())
    finish();
}

void transport::resume() {
  paused_ = false;
  count_kept();
  wait();
}

// -- writing ------------------------------------------------------------------

void transport::flush() {
  if (flushing_ || blocked_)
    return;
  flushing_ = true;
  at_turn_end();
}

void transport::at_turn_end() {
  if (!std::exchange(in_turn_, true))
    home_.at_turn_end(shared_from_this());
}

std::size_t transport::undelivered() {
  int unacknowledged = 0;
  if (ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged) != 0)
    return unsent() + 1; // who knows
  return unsent() + static_cast<std::size_t>(unacknowledged);
}

void transport::lose_after(std::chrono::milliseconds time) {
  auto value = static_cast<unsigned>(time.count());
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value,
             sizeof value);
}

// Only now the next bytes are waited for: a turn in which a peer that floods us
// could come again and again would never end.
void transport::on_turn_end() {
  in_turn_ = false;
  if (std::exchange(flushing_, false) && socket_.is_open())
    send();
  if (!self_)
    handler_ = nullptr;
  wait();
}

std::size_t transport::write_some(std::string_view from, error_code& ec) {
  return tls_ ? tls_->write(from, ec)
              : socket_.write_some(asio::buffer(from.data(), from.size()), ec);
}

void transport::send() {
  while (sent_ < output_.size()) {
    error_code ec;
    sent_ += write_some(std::string_view{output_}.substr(sent_), ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
      blocked_ = true;
      if (sent_ > output_.size() / 2) { // a peer that lags may never catch up
        output_.erase(0, sent_);
        sent_ = 0;
      }
      if (write_limit_.count() != 0 && !finishing_)
        home_.schedule(*this, home_.now() + write_limit_);
      socket_.async_wait(tcp_socket::wait_write,
                         [self = shared_from_this()](error_code failed) {
                           self->blocked_ = false;
                           if (!failed && self->socket_.is_open())
                             self->send();
                         });
      return;
    }
    if (ec && ec != asio::error::interrupted)
      return lost(false);
  }
  if (!finishing_)
    timing_wheel::cancel(*this);
  sent_ = 0;
  if (output_.capacity() > keep_output)
    output_ = {};
  else
    output_.clear();
  if (finishing_ && !shut_)
    shutdown_send();
  if (finishing_ && ended_)
    return lost(true);
  if (auto current = handler_; current && !finishing_)
    current->on_sent();
}

void transport::shutdown_send() {
  shut_ = true;
  if (tls_)
    tls_->shutdown();
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
}

// -- the end ------------------------------------------------------------------

void transport::finish() {
  if (finishing_) {
    flush(); // the peer has ended since
    return;
  }
  finishing_ = true;
  begin_linger();
  flush();
  resume(); // to see the peer close
}

void transport::begin_linger() {
  undelivered_ = undelivered();
  home_.schedule(*this, home_.now() + linger);
}

void transport::on_deadline(local_time) {
  auto current = handler_;
  if (!finishing_) {
    if (current)
      current->on_stalled();
    return;
  }
  auto left = undelivered();
  if (left != 0 && left < undelivered_ && !hurries_)
    begin_linger();
  else
    lost(false);
}

void transport::shutdown() {
  hurries_ = true;
  if (auto current = handler_)
    current->on_shutdown();
}

// The handler may be what called us, so it lives to the end of the turn.
void transport::lost(bool orderly) {
  if (!self_)
    return;
  at_turn_end();
  self_ = nullptr;
  close();
  handler_->on_closed(orderly || finishing_);
}

void transport::abort() {
  lost(true);
}

void transport::close() {
  timing_wheel::cancel(*this);
  next_ = nullptr;
  count(0);
  error_code ignored;
  socket_.close(ignored);
  if (transport_hook::is_linked())
    transport_hook::unlink();
}

} // namespace lastseen
