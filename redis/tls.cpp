#include "redis/tls.hpp"

#include "config/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace lastseen::redis {

namespace asio = boost::asio;

namespace {

using error_code = boost::system::error_code;

constexpr std::string_view pem_begin = "-----BEGIN";
// The base64 of what every PEM begins with.
constexpr std::string_view base64_begin = "LS0tLS1CRUdJTi";

// -- PEM ----------------------------------------------------------------------

// Empty when it is not base64.
std::string from_base64(std::string text) {
  std::erase_if(text,
                [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (text.size() % 4 != 0)
    return "";
  std::string out(text.size() / 4 * 3, '\0');
  auto size =
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
  if (size < 0)
    return "";
  out.resize(static_cast<std::size_t>(size)
             - static_cast<std::size_t>(std::ranges::count(text, '=')));
  return out;
}

// A PEM value of the configuration: what it says, and how it is named.
class pem_value {
public:
  pem_value(std::string_view key, std::string_view name,
            const std::string& value)
    : name_{std::string{key} + '.' + std::string{name}}, value_{value} {}

  bool empty() const noexcept {
    return value_.empty();
  }

  result<std::string> text() const {
    if (value_.starts_with(pem_begin))
      return value_;
    if (value_.starts_with(base64_begin)) {
      auto text = from_base64(value_);
      if (text.empty())
        return failure("is not the base64 of a PEM");
      return text;
    }
    std::ifstream file{value_, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file)
      return failure(std::strerror(errno));
    return text;
  }

  error failure(std::string_view why) const {
    auto is_text =
      value_.starts_with(pem_begin) || value_.starts_with(base64_begin);
    return {ec::bad_config, name_ + " = "
                              + (is_text ? "<PEM>" : config::quote(value_))
                              + ": " + std::string{why}};
  }

  // Gives the text to a function of the context.
  template <class Use>
  result<void> use(Use with) const {
    if (empty())
      return {};
    auto content = text();
    if (!content)
      return content.error();
    error_code failed;
    with(asio::buffer(*content), failed);
    if (failed)
      return failure("OpenSSL cannot use it: " + failed.message());
    return {};
  }

private:
  std::string name_;
  std::string value_;
};

} // namespace

result<std::shared_ptr<tls>> tls::make(const config::tls& from,
                                       std::string_view key) {
  std::shared_ptr<tls> x{new tls};
  auto& context = x->context_;
  x->server_name_ = from.server_name;
  x->verify_ = !from.insecure_skip_verify;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  pem_value authorities{key, "server_ca_pem", from.server_ca_pem};
  error_code failed;
  if (authorities.empty())
    context.set_default_verify_paths(failed);
  if (auto used = authorities.use([&](auto pem, error_code& e) {
        context.add_certificate_authority(pem, e);
      });
      !used)
    return used.error();
  if (auto used = pem_value{key, "cert_pem", from.cert_pem}.use(
        [&](auto pem, error_code& e) {
          context.use_certificate_chain(pem, e);
        });
      !used)
    return used.error();
  // It also checks that the key is that of the certificate.
  if (auto used = pem_value{key, "key_pem", from.key_pem}.use(
        [&](auto pem, error_code& e) {
          context.use_private_key(pem, asio::ssl::context::pem, e);
        });
      !used)
    return used.error();
  return x;
}

std::string tls::prepare(SSL* stream, const std::string& host) const {
  const auto& name = server_name_.empty() ? host : server_name_;
  error_code no_number;
  asio::ip::make_address(name, no_number);
  auto is_name = bool{no_number} && !name.empty();
  if (is_name)
    SSL_set_tlsext_host_name(stream, name.c_str());
  if (!verify_) {
    SSL_set_verify(stream, SSL_VERIFY_NONE, nullptr);
    return "";
  }
  if (name.empty())
    return "a Unix socket has no host: tls.server_name must be set";
  SSL_set_verify(stream, SSL_VERIFY_PEER, nullptr);
  auto* param = SSL_get0_param(stream);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  auto set = is_name ? X509_VERIFY_PARAM_set1_host(param, name.c_str(), 0)
                     : X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
  return set == 1 ? "" : "the server name cannot be checked";
}

std::string handshake_failure(SSL* stream, const error_code& failed) {
  if (auto why = SSL_get_verify_result(stream); why != X509_V_OK)
    return std::string{"certificate verify failed: "}
           + X509_verify_cert_error_string(why);
  if (failed == asio::error::eof
      || failed == asio::ssl::error::stream_truncated)
    return "connection closed by the server";
  return failed.message();
}

} // namespace lastseen::redis
