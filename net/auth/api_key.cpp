#include "net/auth/api_key.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace lastseen {

namespace {

bool is_one_of(std::string_view given, std::span<const std::string> keys) {
  auto found = false;
  for (const auto& key : keys)
    found |= !key.empty() && given.size() == key.size()
             && CRYPTO_memcmp(given.data(), key.data(), key.size()) == 0;
  return found;
}

/// The KEY of `apikey KEY`, or empty.
std::string_view key_of(std::string_view authorization) {
  constexpr std::string_view space = " \t";
  auto end = authorization.find_first_of(space);
  if (end == std::string_view::npos
      || !equal_ignoring_case(authorization.substr(0, end), "apikey"))
    return {};
  auto key = authorization.substr(end);
  key.remove_prefix(std::min(key.find_first_not_of(space), key.size()));
  return key.find_first_of(space) == std::string_view::npos
           ? key
           : std::string_view{};
}

} // namespace

bool has_api_key(const http_request& request,
                 std::span<const std::string> keys) {
  auto given = request.field("X-API-Key");
  if (given.empty())
    given = key_of(request.field("Authorization"));
  if (is_one_of(given, keys))
    return true;
  auto value = query_value(request.query, "api_key");
  return value && is_one_of(*value, keys);
}

bool has_grpc_api_key(std::string_view authorization,
                      std::span<const std::string> keys) {
  constexpr std::string_view scheme = "apikey ";
  return authorization.starts_with(scheme)
         && is_one_of(authorization.substr(scheme.size()), keys);
}

} // namespace lastseen
