#include "config/pem.hpp"

#include "config/text.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace lastseen::config {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view pem_begin = "-----BEGIN";
// The base64 of what every PEM begins with.
constexpr std::string_view base64_begin = "LS0tLS1CRUdJTi";

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

// Gives the text, if there is one, to a function of a context.
template <class Use>
result<void> use(const pem_value& value, Use with) {
  if (value.empty())
    return {};
  auto content = value.text();
  if (!content)
    return content.error();
  error_code failed;
  with(asio::buffer(*content), failed);
  if (failed)
    return value.failure("OpenSSL cannot use it: " + failed.message());
  return {};
}

} // namespace

pem_value::pem_value(std::string_view group, std::string_view name,
                     std::string value)
  : name_{std::string{group} + '.' + std::string{name}},
    value_{std::move(value)} {}

result<std::string> pem_value::text() const {
  if (!text_.empty())
    return text_;
  auto out = read();
  if (out)
    text_ = *out;
  return out;
}

result<std::string> pem_value::read() const {
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

error pem_value::failure(std::string_view why) const {
  auto is_text =
    value_.starts_with(pem_begin) || value_.starts_with(base64_begin);
  return {ec::bad_config, name_ + " = " + (is_text ? "<PEM>" : quote(value_))
                            + ": " + std::string{why}};
}

result<void> use_certificate(asio::ssl::context& of, const pem_value& cert,
                             const pem_value& key) {
  error_code ignored;
  // OpenSSL would ask the terminal for the password of a key.
  of.set_password_callback([](auto...) { return ""; }, ignored);
  auto used = use(cert, [&](auto pem, auto& failed) {
    of.use_certificate_chain(pem, failed);
  });
  if (!used)
    return used;
  // It also checks that the key is that of the certificate.
  return use(key, [&](auto pem, auto& failed) {
    of.use_private_key(pem, asio::ssl::context::pem, failed);
  });
}

result<void> trust(asio::ssl::context& of, const pem_value& authorities) {
  return use(authorities, [&](auto pem, auto& failed) {
    of.add_certificate_authority(pem, failed);
  });
}

std::string verify_failure(const SSL* stream) {
  auto why = SSL_get_verify_result(stream);
  if (why == X509_V_OK)
    return "";
  return std::string{"certificate verify failed: "}
         + X509_verify_cert_error_string(why);
}

} // namespace lastseen::config
