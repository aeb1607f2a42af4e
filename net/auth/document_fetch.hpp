#pragma once

#include "status/error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lastseen {

/// A URL of HTTP or HTTPS, taken apart.
struct http_url {
  bool tls = false;
  std::string host; // an IPv6 address has no brackets
  std::string port;
  std::string target; // path and query

  /// `host:port`.
  std::string authority() const;

  bool operator==(const http_url&) const = default;
};

/// Nothing when it is not `http://` or `https://` with a host, or has a login.
std::optional<http_url> parse_http_url(const std::string& text);

/// Gets one document by HTTP or HTTPS, asynchronously: one GET, no redirects.
/// Keeps itself alive until it has ended. Used on the thread of its context.
class document_fetch : public std::enable_shared_from_this<document_fetch> {
public:
  using callback = std::function<void(result<std::string>)>;

  static constexpr std::uint32_t max_header_size = 16'384;
  static constexpr std::size_t max_size = 262'144;

  document_fetch(boost::asio::io_context& home,
                 boost::asio::ssl::context& security, http_url url);

  /// `done` is called once, with the body of a 200, or `ec::unavailable` and
  /// why: `https://10.0.0.5:443: connect: Connection refused`.
  void start(std::chrono::milliseconds timeout, callback done);

  /// `done` is called now.
  void cancel();

private:
  using error_code = boost::system::error_code;
  using tcp = boost::asio::ip::tcp;

  void connect(const tcp::resolver::results_type& endpoints);
  void encrypt();
  template <class Stream>
  void ask(Stream& stream);
  void on_answer();
  bool failed(const char* what, error_code why);
  void finish(result<std::string> outcome);

  http_url url_;
  tcp::resolver resolver_;
  boost::asio::steady_timer deadline_;
  boost::asio::ssl::stream<tcp::socket> stream_;
  boost::beast::http::request<boost::beast::http::empty_body> request_;
  boost::beast::flat_buffer buffer_{max_header_size + max_size};
  boost::beast::http::response_parser<boost::beast::http::string_body> answer_;
  callback done_; // null once it has ended
};

} // namespace lastseen
