#include "net/api/json_reply.hpp"

#include <string_view>
#include <vector>

namespace lastseen::server_api {

namespace {

void append_inside(std::string& out, const api_response& x) {
  if (x.failed.empty())
    return append_statuses(out, x.users, x.records);
  std::vector<std::string> messages;
  messages.reserve(x.failed.size());
  std::vector<std::string_view> failures(x.users.size());
  for (const auto& failed : x.failed)
    failures[failed.position] = messages.emplace_back(message_for(failed.why));
  append_statuses(out, x.users, x.records, failures);
}

/// What a call that did not fail has as its result.
void append_inside(std::string& out, const call_reply& x) {
  if (x.method == call_method::get_user_status)
    append_inside(out, x.statuses);
  else if (x.method == call_method::info)
    append_nodes(out, x.nodes);
  else
    out += "{}";
}

} // namespace

void append_reply(std::string& out, const call_reply& x, std::uint32_t id) {
  if (x.failure)
    return append_error(out, x.failure->code, x.failure->message, id);
  begin_reply(out, id);
  out += "\"result\":";
  append_inside(out, x);
  out += '}';
}

void append_batch_reply(std::string& out, const call_reply& x) {
  if (x.failure)
    return append_error(out, x.failure->code, x.failure->message);
  out += "{\"";
  out += name_of(x.method);
  out += "\":";
  append_inside(out, x);
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
