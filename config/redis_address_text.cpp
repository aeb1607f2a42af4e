#include "config/address_parts.hpp"
#include "config/redis_address.hpp"
#include "config/text.hpp"

namespace lastseen::config {

std::string to_string(const redis_address& x) {
  std::string out = x.unix_path;
  for (const auto& sentinel : x.sentinels)
    out += (out.empty() ? x.master_name + '@' : ",") + to_string(sentinel);
  for (const auto& seed : x.seeds)
    out += (out.empty() ? "cluster " : ",") + to_string(seed);
  if (out.empty()) {
    auto is_ipv6 = x.host.find(':') != x.host.npos;
    out =
      (is_ipv6 ? '[' + x.host + ']' : x.host) + ':' + std::to_string(x.port);
  }
  if (x.db != 0)
    out += '/' + std::to_string(x.db);
  return out;
}

std::string without_secrets(std::string_view text) {
  std::string scheme;
  // What looks like a scheme may be a piece of a password.
  if (auto at = text.find("://"); at != text.npos) {
    auto name = text.substr(0, at);
    if (is_redis_scheme(name)) {
      scheme = text.substr(0, at + 3);
      text.remove_prefix(at + 3);
    }
  }
  if (auto at = text.rfind('@'); at != text.npos) {
    // Either could be part of a secret.
    if (text.find('?') < at)
      return "<hidden>";
    text.remove_prefix(at + 1);
  }
  return scheme + std::string{text.substr(0, text.find('?'))};
}

std::string shown_list(std::string_view text) {
  // A comma may be part of a password.
  return text.find('@') == text.npos ? quote(text) : "<hidden>";
}

} // namespace lastseen::config
