#include "net/auth/document_fetch.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/err.h>
#include <openssl/http.h>

#include <utility>

namespace lastseen {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

std::string take_text(char* text) {
  std::string out = text == nullptr ? "" : text;
  OPENSSL_free(text);
  return out;
}

} // namespace

std::string http_url::authority() const {
  return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':'
         + port;
}

std::optional<http_url> parse_http_url(const std::string& text) {
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    return std::nullopt;
  int tls = 0;
  char* user = nullptr;
  char* host = nullptr;
  char* port = nullptr;
  char* path = nullptr;
  char* query = nullptr;
  auto parsed = OSSL_HTTP_parse_url(text.c_str(), &tls, &user, &host, &port,
                                    nullptr, &path, &query, nullptr);
  ERR_clear_error();
  http_url out{tls != 0, take_text(host), take_text(port), take_text(path)};
  auto login = take_text(user);
  auto asked = take_text(query);
  if (parsed != 1 || out.host.empty() || !login.empty())
    return std::nullopt;
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  if (!asked.empty())
    out.target += '?' + asked;
  for (auto c : out.target + out.host)
    if (c <= ' ' || c == 0x7f)
      return std::nullopt;
  return out;
}

document_fetch::document_fetch(asio::io_context& home,
                               asio::ssl::context& security, http_url url)
  : url_(std::move(url)),
    resolver_(home),
    deadline_(home),
    stream_(home, security) {
  request_.method(http::verb::get);
  request_.target(url_.target);
  request_.version(11);
  request_.set(http::field::host, url_.authority());
  request_.set(http::field::user_agent, "lastseen/" LASTSEEN_VERSION);
  request_.set(http::field::accept, "application/json");
  request_.set(http::field::connection, "close");
  answer_.header_limit(max_header_size);
  answer_.body_limit(max_size);
}

void document_fetch::start(std::chrono::milliseconds timeout, callback done) {
  done_ = std::move(done);
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec)
      self->failed("no answer in time", asio::error::timed_out);
  });
  resolver_.async_resolve(
    url_.host, url_.port,
    [self = shared_from_this()](error_code ec, const auto& endpoints) {
      if (!self->failed("resolve", ec))
        self->connect(endpoints);
    });
}

void document_fetch::cancel() {
  failed("cancelled", asio::error::operation_aborted);
}

void document_fetch::connect(const tcp::resolver::results_type& endpoints) {
  asio::async_connect(stream_.next_layer(), endpoints,
                      [self = shared_from_this()](error_code ec, const auto&) {
                        if (self->failed("connect", ec))
                          return;
                        if (self->url_.tls)
                          self->encrypt();
                        else
                          self->ask(self->stream_.next_layer());
                      });
}

void document_fetch::encrypt() {
  stream_.set_verify_callback(asio::ssl::host_name_verification{url_.host});
  error_code not_an_address;
  asio::ip::make_address(url_.host, not_an_address);
  if (not_an_address)
    SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str());
  stream_.async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](error_code ec) {
                            if (!self->failed("TLS", ec))
                              self->ask(self->stream_);
                          });
}

template <class Stream>
void document_fetch::ask(Stream& stream) {
  http::async_write(
    stream, request_,
    [self = shared_from_this(), &stream](error_code ec, std::size_t) {
      if (self->failed("send", ec))
        return;
      http::async_read(stream, self->buffer_, self->answer_,
                       [self](error_code failure, std::size_t) {
                         if (!self->failed("receive", failure))
                           self->on_answer();
                       });
    });
}

void document_fetch::on_answer() {
  auto& answer = answer_.get();
  if (answer.result() == http::status::ok)
    return finish(std::move(answer.body()));
  finish(error{ec::unavailable, url_.authority() + ": answered with status "
                                  + std::to_string(answer.result_int())});
}

// Whether there is nothing more to do.
bool document_fetch::failed(const char* what, error_code why) {
  if (!done_)
    return true;
  if (!why)
    return false;
  finish(error{ec::unavailable,
               url_.authority() + ": " + what + ": " + why.message()});
  return true;
}

void document_fetch::finish(result<std::string> outcome) {
  auto done = std::exchange(done_, nullptr);
  deadline_.cancel();
  resolver_.cancel();
  error_code ignored;
  stream_.next_layer().close(ignored);
  done(std::move(outcome));
}

} // namespace lastseen
