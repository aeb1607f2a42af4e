#include "net/auth/jwt.hpp"

#include "net/auth/base64url.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace lastseen {

namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 16;

/// One of a token's JSON objects.
class token_part {
public:
  token_part()
    : memory_{buffer_, sizeof buffer_}, value_(json::storage_ptr{&memory_}) {}

  bool parse(std::string_view text) {
    auto bytes = decode_base64url(text);
    if (!bytes)
      return false;
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code ec;
    value_ = json::parse(*bytes, ec, &memory_, options);
    return !ec && value_.is_object();
  }

  const json::object& object() const {
    return value_.get_object();
  }

  /// The text of that name; empty when there is none.
  std::string_view text(std::string_view name) const {
    const auto* x = object().if_contains(name);
    return x != nullptr && x->is_string() ? std::string_view{x->get_string()}
                                          : std::string_view{};
  }

private:
  unsigned char buffer_[2048];
  json::monotonic_resource memory_;
  json::value value_;
};

// Sets `out` to the key in a PEM text; empty sets none.
result<void> read_pem(std::string_view name, const std::string& pem,
                      key_kind kind, std::string_view allowed,
                      std::optional<public_key>& out) {
  if (pem.empty())
    return {};
  out = public_key::from_pem(pem);
  if (!out || out->kind() != kind)
    return error{ec::bad_config,
                 "client.token." + std::string{name} + ": must be "
                   + std::string{allowed}
                   + " in PEM, which begins with `-----BEGIN PUBLIC KEY-----`"};
  return {};
}

} // namespace

token_verifier::token_verifier(const config::client_token& settings)
  : rules_{settings} {
  if (!settings.hmac_secret_key.empty())
    secret_.emplace(settings.hmac_secret_key);
  if (!settings.hmac_previous_secret_key.empty())
    previous_secret_.emplace(settings.hmac_previous_secret_key);
  if (auto end = settings.hmac_previous_secret_key_valid_until; end != 0)
    previous_secret_end_ = time_point{std::chrono::seconds{end}};
}

result<token_verifier>
token_verifier::make(const config::client_token& settings,
                     std::shared_ptr<key_source> keys) {
  token_verifier out{settings};
  out.keys_ = std::move(keys);
  if (auto read =
        read_pem("rsa_public_key", settings.rsa_public_key, key_kind::rsa,
                 "an RSA public key of 2048 to 8192 bits", out.rsa_);
      !read)
    return read.error();
  if (auto read =
        read_pem("ecdsa_public_key", settings.ecdsa_public_key, key_kind::ecdsa,
                 "a public key on P-256, P-384 or P-521", out.ecdsa_);
      !read)
    return read.error();
  if (auto read =
        read_pem("eddsa_public_key", settings.eddsa_public_key,
                 key_kind::ed25519, "an Ed25519 public key", out.ed25519_);
      !read)
    return read.error();
  return out;
}

bool token_verifier::is_signed(const signature_algorithm& algorithm,
                               std::string_view text,
                               std::string_view signature,
                               time_point now) const {
  auto by = [&](const auto& key) {
    return key && key->verifies(algorithm, text, signature);
  };
  switch (algorithm.kind) {
    case key_kind::hmac:
      return by(secret_)
             || ((!previous_secret_end_ || now < *previous_secret_end_)
                 && by(previous_secret_));
    case key_kind::rsa:
      return by(rsa_);
    case key_kind::ecdsa:
      return by(ecdsa_);
    case key_kind::ed25519:
      return by(ed25519_);
  }
  return false;
}

result<token_claims> token_verifier::verify(std::string_view token,
                                            time_point now,
                                            local_time since) const {
  if (token.size() > max_token_size)
    return refused_token("over 8 KiB");
  if (std::count(token.begin(), token.end(), '.') != 2)
    return refused_token("not three parts");
  auto first = token.find('.');
  auto second = token.rfind('.');
  token_part header;
  if (!header.parse(token.substr(0, first)))
    return refused_token("header is not a JSON object in base64url");
  const auto* algorithm = find_algorithm(header.text("alg"));
  if (algorithm == nullptr)
    return refused_token("alg is unknown");
  if (header.object().contains("crit"))
    return refused_token("crit asks for an unknown extension");
  std::shared_ptr<const token_key> key;
  if (keys_) {
    auto kid = header.text("kid");
    if (kid.empty())
      return refused_token("has no kid");
    auto found = keys_->find(kid, since);
    if (!found)
      return found.error();
    key = std::move(*found);
    if (!key->algorithm.empty() && key->algorithm != algorithm->name)
      return refused_token("alg is not the one of its key");
  }
  auto signature = decode_base64url(token.substr(second + 1));
  auto text = token.substr(0, second);
  if (!signature
      || !(key ? key->key.verifies(*algorithm, text, *signature)
               : is_signed(*algorithm, text, *signature, now)))
    return refused_token("signature does not match");
  token_part payload;
  if (!payload.parse(token.substr(first + 1, second - first - 1)))
    return refused_token("claims are not a JSON object in base64url");
  return rules_.read(payload.object(), now);
}

} // namespace lastseen
