#include "net/api/json_reply.hpp"

#include <string_view>
#include <vector>

namespace lastseen::server_api {

namespace {

/// Calls `use` with the reasons per user of an answer in part, or with none.
template <class Use>
void with_failures(const api_response& x, Use use) {
  if (x.failed.empty())
    return use({});
  std::vector<std::string> messages;
  messages.reserve(x.failed.size());
  std::vector<std::string_view> failures(x.users.size());
  for (const auto& failed : x.failed)
    failures[failed.position] = messages.emplace_back(message_for(failed.why));
  use(failures);
}

} // namespace

void append_reply(std::string& out, const call_reply& x, std::uint32_t id) {
  if (x.failure)
    return append_error(out, x.failure->code, x.failure->message, id);
  if (x.method != call_method::get_user_status)
    return append_ok(out, id);
  const auto& got = x.statuses;
  with_failures(got, [&](std::span<const std::string_view> failures) {
    append_result(out, got.users, got.records, failures, id);
  });
}

void append_batch_reply(std::string& out, const call_reply& x) {
  if (x.failure)
    return append_error(out, x.failure->code, x.failure->message);
  out += "{\"";
  out += name_of(x.method);
  out += "\":";
  const auto& got = x.statuses;
  if (x.method != call_method::get_user_status)
    out += "{}";
  else
    with_failures(got, [&](std::span<const std::string_view> failures) {
      append_statuses(out, got.users, got.records, failures);
    });
  out += '}';
}

std::string join_batch(std::span<const std::string> replies) {
  if (replies.empty())
    return "{}";
  std::string out = "{\"replies\":[";
  for (const auto& reply : replies) {
    if (!out.ends_with('['))
      out += ',';
    out += reply;
  }
  out += "]}";
  return out;
}

} // namespace lastseen::server_api
