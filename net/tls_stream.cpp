#include "net/tls_stream.hpp"

#include "config/pem.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace lastseen {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::string_view not_tls =
  "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n"
  "Content-Type: text/plain; charset=utf-8\r\n\r\n"
  "This port speaks HTTPS.\n";

} // namespace

void tls_stream::freed::operator()(SSL* x) const noexcept {
  SSL_free(x);
}

tls_stream::tls_stream(std::shared_ptr<const tls_context> context, int socket)
  : context_(std::move(context)), ssl_(SSL_new(context_->handle())) {
  SSL_set_fd(ssl_.get(), socket);
  SSL_set_accept_state(ssl_.get());
}

std::size_t tls_stream::read(std::span<char> into, error_code& failed) {
  more_ = false;
  std::size_t n = 0;
  while (n < into.size()) {
    prepare();
    std::size_t got = 0;
    auto outcome =
      SSL_read_ex(ssl_.get(), into.data() + n, into.size() - n, &got);
    n += got;
    if (outcome == 1 && SSL_has_pending(ssl_.get()) == 1)
      continue;
    if (outcome == 1)
      return n;
    auto why = SSL_get_error(ssl_.get(), outcome);
    reads_by_writing_ = why == SSL_ERROR_WANT_WRITE;
    if (reads_by_writing_ || why == SSL_ERROR_WANT_READ)
      failed = asio::error::would_block;
    else
      failed = fault(why);
    if (n != 0) { // first what came before it
      more_ = failed != asio::error::would_block;
      failed = {};
    }
    return n;
  }
  more_ = true;
  return n;
}

std::size_t tls_stream::write(std::string_view from, error_code& failed) {
  prepare();
  std::size_t n = 0;
  auto outcome = SSL_write_ex(ssl_.get(), from.data(), from.size(), &n);
  if (outcome == 1)
    return n;
  auto why = SSL_get_error(ssl_.get(), outcome);
  if (why == SSL_ERROR_WANT_WRITE)
    failed = asio::error::would_block;
  else
    failed = fault(why);
  return 0;
}

void tls_stream::shutdown() {
  if (lost_ || SSL_is_init_finished(ssl_.get()) == 0)
    return;
  prepare();
  SSL_shutdown(ssl_.get());
}

// OpenSSL looks at what earlier calls of this thread left behind.
void tls_stream::prepare() {
  ERR_clear_error();
  errno = 0;
}

error_code tls_stream::fault(int why) {
  auto cause = errno;
  if (why == SSL_ERROR_ZERO_RETURN)
    return asio::error::eof;
  if (!std::exchange(lost_, true) && why == SSL_ERROR_SSL
      && SSL_is_init_finished(ssl_.get()) == 0)
    tell_why();
  if (why == SSL_ERROR_SYSCALL && cause == 0)
    return asio::error::eof;
  if (why == SSL_ERROR_SYSCALL)
    return {cause, boost::system::system_category()};
  return asio::error::connection_reset;
}

void tls_stream::tell_why() {
  auto code = ERR_peek_error();
  if (ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST)
    send(SSL_get_fd(ssl_.get()), not_tls.data(), not_tls.size(), MSG_NOSIGNAL);
  auto why = config::verify_failure(ssl_.get());
  if (const auto* reason = ERR_reason_error_string(code);
      why.empty() && reason != nullptr)
    why = reason;
  context_->handshake_failed(why);
}

} // namespace lastseen
