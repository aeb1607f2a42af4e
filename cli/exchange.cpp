#include "cli/exchange.hpp"

#include "config/pem.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace lastseen::cli {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// One request and its answer; each step starts the next.
class run_once {
public:
  run_once(const peer& with, const std::string& request)
    : with_(with), request_(request) {}

  result<void> trust() {
    error_code failed;
    if (with_.ca.empty())
      context_.set_default_verify_paths(failed);
    else
      context_.load_verify_file(with_.ca, failed);
    if (failed && !with_.ca.empty())
      return error{ec::bad_request,
                   "--ca: " + with_.ca + ": " + failed.message()};
    return {};
  }

  result<std::string> run(std::chrono::milliseconds patience) {
    tcp::resolver resolver{io_};
    auto to = resolver.resolve(with_.host, with_.port, failed_);
    if (failed_)
      return error{ec::unavailable, failed_.message()};
    failed_ = asio::error::timed_out;
    asio::async_connect(stream_.next_layer(), to,
                        [this](error_code why, const tcp::endpoint&) {
                          if (why || !with_.tls)
                            return why ? end(why) : ask(stream_.next_layer());
                          encrypt();
                        });
    io_.run_for(patience);
    if (failed_ == asio::error::timed_out)
      return error{ec::unavailable, "no answer within "
                                      + std::to_string(patience.count() / 1000)
                                      + " s"};
    if (failed_)
      return error{ec::unavailable, why()};
    return std::move(answer_);
  }

private:
  void encrypt() {
    stream_.set_verify_mode(ssl::verify_peer);
    stream_.set_verify_callback(ssl::host_name_verification{with_.host});
    error_code not_an_address;
    asio::ip::make_address(with_.host, not_an_address);
    if (not_an_address)
      SSL_set_tlsext_host_name(stream_.native_handle(), with_.host.c_str());
    stream_.async_handshake(ssl::stream_base::client, [this](error_code why) {
      return why ? end(why) : ask(stream_);
    });
  }

  template <class Stream>
  void ask(Stream& stream) {
    asio::async_write(stream, asio::buffer(request_),
                      [this, &stream](error_code failed, std::size_t) {
                        if (failed)
                          return end(failed);
                        asio::async_read(
                          stream, asio::dynamic_buffer(answer_),
                          [this](error_code last, std::size_t) { end(last); });
                      });
  }

  void end(error_code why) {
    auto closed =
      why == asio::error::eof || why == ssl::error::stream_truncated;
    failed_ = closed && !answer_.empty() ? error_code{} : why;
  }

  std::string why() {
    auto out = config::verify_failure(stream_.native_handle());
    return out.empty() ? failed_.message() : out;
  }

  const peer& with_;
  const std::string& request_;
  asio::io_context io_;
  ssl::context context_{ssl::context::tls_client};
  ssl::stream<tcp::socket> stream_{io_, context_};
  error_code failed_;
  std::string answer_;
};

} // namespace

result<std::string> exchange(const peer& with, const std::string& request,
                             std::chrono::milliseconds patience) {
  run_once x{with, request};
  if (auto done = x.trust(); !done)
    return done.error();
  return x.run(patience);
}

} // namespace lastseen::cli
