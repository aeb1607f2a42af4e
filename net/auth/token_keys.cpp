#include "net/auth/token_keys.hpp"

#include "net/auth/base64url.hpp"

#include <boost/json/parse.hpp>

#include <optional>

namespace lastseen {

namespace {

namespace json = boost::json;

std::string_view text(const json::object& in, std::string_view name) {
  const auto* x = in.if_contains(name);
  return x != nullptr && x->is_string() ? std::string_view{x->get_string()}
                                        : std::string_view{};
}

std::string bytes(const json::object& in, std::string_view name) {
  return decode_base64url(text(in, name)).value_or(std::string{});
}

std::optional<public_key> read_key(const json::object& x) {
  auto type = text(x, "kty");
  if (type == "RSA")
    return public_key::rsa(bytes(x, "n"), bytes(x, "e"));
  if (type == "EC")
    return public_key::ecdsa(text(x, "crv"), bytes(x, "x"), bytes(x, "y"));
  if (type == "OKP" && text(x, "crv") == "Ed25519")
    return public_key::ed25519(bytes(x, "x"));
  return std::nullopt;
}

} // namespace

result<token_keys> read_token_keys(std::string_view document) {
  boost::system::error_code ec;
  auto set = json::parse(document, ec);
  const auto* object = ec ? nullptr : set.if_object();
  const auto* keys = object ? object->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array())
    return error{lastseen::ec::bad_request,
                 "is not a JSON object with a list of `keys`"};
  token_keys out;
  for (const auto& x : keys->get_array()) {
    if (!x.is_object())
      continue;
    const auto& fields = x.get_object();
    auto name = text(fields, "kid");
    if (name.empty()
        || (fields.contains("use") && text(fields, "use") != "sig"))
      continue;
    if (auto key = read_key(fields))
      out.try_emplace(std::string{name},
                      std::make_shared<const token_key>(token_key{
                        std::move(*key), std::string{text(fields, "alg")}}));
  }
  return out;
}

} // namespace lastseen
