#include "redis/server_error.hpp"

#include <algorithm>
#include <array>

namespace lastseen::redis {

namespace {

constexpr std::array<std::string_view, 13> passing{
  "LOADING",  "READONLY",    "OOM",        "BUSY",    "NOSCRIPT",
  "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "MISCONF", "NOREPLICAS",
  "NOAUTH",   "WRONGPASS",   "NOPERM"};

} // namespace

std::string_view code_of(std::string_view reply) noexcept {
  if (reply.starts_with("ERR Error running script"))
    if (auto at = reply.rfind(": -"); at != std::string_view::npos)
      reply.remove_prefix(at + 3);
  return reply.substr(0, reply.find(' '));
}

ec meaning(std::string_view reply) noexcept {
  auto found = std::find(passing.begin(), passing.end(), code_of(reply));
  return found != passing.end() ? ec::not_ready : ec::rejected;
}

std::string_view cause_of(std::string_view why) noexcept {
  for (std::string_view ours : {"timeout", "not connected"})
    if (why.starts_with(ours))
      return ours;
  // The handshake puts its command in front: `SCRIPT LOAD: LOADING …`.
  auto colon = why.find(": ");
  auto behind = colon == std::string_view::npos ? why : why.substr(colon + 2);
  for (auto text : {why, behind}) {
    auto found = std::find(passing.begin(), passing.end(), code_of(text));
    if (found != passing.end())
      return *found;
  }
  return {};
}

} // namespace lastseen::redis
