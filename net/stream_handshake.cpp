#include "net/stream_handshake.hpp"

#include "net/auth/trusted_user.hpp"
#include "net/origin.hpp"
#include "net/protocol/emulation.hpp"

#include <array>
#include <optional>
#include <utility>

namespace lastseen {

namespace {

using server_api::http_answer;

constexpr std::string_view text = "text/plain; charset=utf-8";

template <config::stream config::settings::*Group>
const config::stream& settings_of(const config::settings& x) {
  return x.*Group;
}

constexpr auto transports = std::to_array<stream_transport>({
  {stream_format::lines, false, settings_of<&config::settings::http_stream>,
   &live_limits::http_stream},
  {stream_format::events, false, settings_of<&config::settings::sse>,
   &live_limits::sse},
  {stream_format::lines, true, settings_of<&config::settings::uni_http_stream>,
   &live_limits::uni_http_stream},
  {stream_format::events, true, settings_of<&config::settings::uni_sse>,
   &live_limits::uni_sse},
});

bool is_protobuf(const http_request& request) {
  constexpr std::string_view type = "application/octet-stream";
  auto given = request.field("Content-Type");
  return equal_ignoring_case(given.substr(0, given.find(';')), type);
}

http_answer refuse(unsigned status, std::string why,
                   const http_request& request) {
  return {status, text, why + '\n', cors_fields(request)};
}

// What is answered whatever the request says; nothing if it is to be served.
std::optional<http_answer> preflight(const http_request& request,
                                     std::string_view methods,
                                     const config::settings& settings) {
  if (!origin_allowed(request.field("Origin"), settings.client.allowed_origins))
    return http_answer{403, text, "Forbidden: origin not allowed\n", {}};
  if (request.method != "OPTIONS")
    return std::nullopt;
  http_answer out{204, {}, {}, cors_fields(request)};
  out.fields += "Access-Control-Max-Age: 300\r\n"
                "Access-Control-Allow-Methods: ";
  out.fields += methods;
  out.fields += "\r\n";
  return out;
}

http_answer wrong_method(const http_request& request,
                         std::string_view methods) {
  auto out = refuse(405, "Method Not Allowed", request);
  out.fields += "Allow: ";
  out.fields += methods;
  out.fields += "\r\n";
  return out;
}

} // namespace

const stream_transport* find_stream(std::string_view path,
                                    const config::settings& settings) {
  for (const auto& x : transports)
    if (const auto& its = x.settings(settings);
        its.enabled && its.handler_prefix == path)
      return &x;
  return nullptr;
}

std::variant<http_answer, stream_request>
answer_stream(const stream_transport& transport, const http_request& request,
              const environment& env, std::string_view fields,
              std::string& out) {
  const auto& settings = env.settings;
  auto events = transport.format == stream_format::events;
  std::string_view methods = events ? "GET, POST, OPTIONS" : "POST, OPTIONS";
  if (auto answer = preflight(request, methods, settings))
    return std::move(*answer);
  stream_request stream;
  if (request.method == "POST")
    stream.first = request.body;
  else if (request.method == "GET" && events)
    stream.first = query_value(request.query, "cf_connect")
                     .value_or(transport.unidirectional ? "{}" : "");
  else
    return wrong_method(request, methods);
  if (stream.first.size() > env.live.*transport.max_body_size)
    return refuse(413, "Content Too Large", request);
  if (stream.first.empty())
    return refuse(400, "Bad Request: no connect command", request);
  stream.format = transport.format;
  stream.codec = &protocol::json_v2_codec;
  if (transport.unidirectional) {
    stream.codec = &protocol::uni_json_codec;
    stream.life = liveness::delivery;
  } else if (!events && is_protobuf(request)) {
    stream.codec = &protocol::protobuf_v2_codec;
    stream.format = stream_format::plain;
  }
  stream.trusted_user = trusted_user(request, settings.client);
  stream.chunked = request.version >= 11;
  out += "HTTP/1.1 200 OK\r\n";
  if (events)
    out += "Content-Type: text/event-stream; charset=utf-8\r\n";
  out += "X-Accel-Buffering: no\r\n"
         "Cache-Control: private, no-cache, no-store, must-revalidate, "
         "max-age=0\r\n"
         "Pragma: no-cache\r\n"
         "Expire: 0\r\n";
  out += stream.chunked ? "Connection: keep-alive\r\n"
                          "Transfer-Encoding: chunked\r\n"
                        : "Connection: close\r\n";
  out += cors_fields(request);
  out += fields;
  out += "\r\n";
  return stream;
}

http_answer answer_emulation(const http_request& request, environment& env) {
  constexpr std::string_view methods = "POST, OPTIONS";
  if (auto answer = preflight(request, methods, env.settings))
    return std::move(*answer);
  if (request.method != "POST")
    return wrong_method(request, methods);
  if (request.body.size() > env.live.emulation)
    return refuse(413, "Content Too Large", request);
  auto x = is_protobuf(request)
             ? protocol::read_emulation_protobuf(request.body)
             : protocol::read_emulation_json(request.body);
  if (!x)
    return refuse(400, "Bad Request: " + x.error().what, request);
  if (x->node != env.emulation.node())
    return refuse(404, "Not Found: the session is on another node", request);
  env.emulation.deliver(x->session, std::move(x->data));
  return {204, {}, {}, cors_fields(request)};
}

} // namespace lastseen
