#include "redis/connection.hpp"
#include "redis/connection_steps.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <utility>

// From the address of a server to a connection that may be used.

namespace lastseen::redis {

namespace asio = boost::asio;

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

} // namespace lastseen::redis
