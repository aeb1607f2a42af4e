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

// With what `with` trusts and shows.
result<ssl::context> make_context(const peer& with) {
  ssl::context out{ssl::context::tls_client};
  error_code failed;
  auto refuse = [&](const std::string& option, const std::string& file) {
    return error{ec::bad_request,
                 option + ": " + file + ": " + failed.message()};
  };
  if (with.ca.empty())
    out.set_default_verify_paths(failed);
  else if (out.load_verify_file(with.ca, failed); failed)
    return refuse("--ca", with.ca);
  if (with.cert.empty())
    return out;
  // OpenSSL would ask the terminal for the password of a key.
  out.set_password_callback([](auto...) { return ""; }, failed);
  if (out.use_certificate_chain_file(with.cert, failed); failed)
    return refuse("--cert", with.cert);
  if (out.use_private_key_file(with.cert_key, ssl::context::pem, failed);
      failed)
    return refuse("--key-file", with.cert_key);
  return out;
}

// One request and its answer; each step starts the next.
class run_once {
public:
  run_once(const peer& with, ssl::context& context, const std::string& request)
    : with_(with), request_(request), stream_{io_, context} {}

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
  ssl::stream<tcp::socket> stream_;
  error_code failed_;
  std::string answer_;
};

} // namespace

result<std::string> exchange(const peer& with, const std::string& request,
                             std::chrono::milliseconds patience) {
  auto context = make_context(with);
  if (!context)
    return context.error();
  return run_once{with, *context, request}.run(patience);
}

} // namespace lastseen::cli
