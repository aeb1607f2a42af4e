#include "config/fields.hpp"

#include "config/duration.hpp"
#include "config/field_table.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace lastseen::config {

namespace {

// -- rules for strings --------------------------------------------------------

bool is_level(std::string_view x) {
  constexpr auto levels = std::to_array<std::string_view>(
    {"none", "trace", "debug", "info", "warn", "error"});
  return std::ranges::find(levels, x) != levels.end();
}

// Only characters that no client encodes.
bool is_handler_prefix(std::string_view x) {
  constexpr std::string_view allowed =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  return x.size() > 1 && x.starts_with('/') && !x.ends_with('/')
         && x.find("//") == x.npos && x.find_first_not_of(allowed) == x.npos;
}

constexpr std::string_view handler_prefix_rule =
  "a path such as `/api`, without `/` at the end";

bool is_log_format(std::string_view x) {
  return x == "text" || x == "json";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_path_or_empty(std::string_view x) {
  return std::ranges::none_of(x, is_control);
}

constexpr std::string_view path_rule = "a path without control characters";

// -- the tables ---------------------------------------------------------------

constexpr auto of_servers = std::to_array<field>({
  {KEY(http_server.address), .doc = "Where to listen. Empty: all interfaces.",
   .valid = is_listen_address, .rule = listen_address_rule},
  {KEY(http_server.port),
   .doc = "The port of client connections and the server API. 0: any free one.",
   .min = 0, .max = 65535},
  {KEY(http_server.max_body_size),
   .doc = "Bytes of one request body; a larger one is answered with 413.",
   .min = 1024, .max = gib},
  {KEY(http_server.tls.enabled),
   .doc = "HTTPS and `wss://` (TLS 1.2 or later) instead of HTTP and `ws://`."},
  {KEY(http_server.tls.cert_pem),
   .doc = "The certificate that clients are shown, then those in between: "
          "PEM, its base64, or the path of a file. Read again on SIGHUP."},
  {KEY(http_server.tls.key_pem),
   .doc = "The key of that certificate, likewise.", .secret = true},
  {KEY(http_server.tls.client_ca_pem),
   .doc = "The certificate authorities of clients, likewise: each client must "
          "show a certificate of one of them. Empty: none is asked for."},
  {KEY(http_server.tls_external),
   .doc = "`http_server.tls` is not for the internal listener."},
  {KEY(http_server.internal_address),
   .doc = "Where the server API, `/metrics`, `/health` and `/ready` are served "
          "instead, apart from clients. Empty: as `http_server.address`.",
   .valid = is_listen_address, .rule = "an IP address, `localhost`, or empty"},
  {KEY(http_server.internal_port),
   .doc = "The port of these. 0: as `http_server.port`; if the address is the "
          "same, too, there is one listener for everything.",
   .or_text = true, .min = 0, .max = 65535},
  {KEY(http_server.internal_tls.enabled),
   .doc = "The internal listener speaks TLS as said here, instead of as in "
          "`http_server.tls`."},
  {KEY(http_server.internal_tls.cert_pem),
   .doc = "As `http_server.tls.cert_pem`."},
  {KEY(http_server.internal_tls.key_pem),
   .doc = "As `http_server.tls.key_pem`.", .secret = true},
  {KEY(http_server.internal_tls.client_ca_pem),
   .doc = "As `http_server.tls.client_ca_pem`."},
  {KEY(http_api.key),
   .doc = "The key that calls of the server API must carry. Without one, here "
          "or in `http_api.keys`, every call is refused with 401, unless "
          "`http_api.insecure`.",
   .secret = true},
  {KEY(http_api.keys),
   .doc = "More keys that are as good: while a key is replaced, the old and "
          "the new one.",
   .secret = true},
  {KEY(http_api.insecure),
   .doc = "The server API asks for no key. For development only."},
  {KEY(http_api.external),
   .doc = "Where there is an internal listener: the server API is not served "
          "there but beside clients."},
  {KEY(http_api.handler_prefix),
   .doc = "Where the server API is: `/api/get_user_status` and so on.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(http_api.error_mode),
   .doc = "`transport`: a failed call is answered with an HTTP status of 400 "
          "or more and the error itself as the body, as for calls that say so "
          "in `X-Centrifugo-Error-Mode`; not for `batch` and `POST /api`. "
          "Empty: with 200 and the error in the body.",
   .valid = is_error_mode, .rule = error_mode_rule},
});

constexpr auto of_transports = std::to_array<field>({
  {KEY(websocket.handler_prefix), .doc = "The path of WebSocket clients.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(websocket.message_size_limit),
   .doc = "Bytes of one message of a client; a larger one closes the "
          "connection (1009).",
   .min = 128, .max = gib},
  {KEY(websocket.compression),
   .doc = "Messages are compressed (permessage-deflate, RFC 7692) in both "
          "directions where a client offers it; each on its own, so that an "
          "idle connection costs no memory for it."},
  {KEY(websocket.compression_min_size),
   .doc = "Bytes of a message from which on it is compressed; never below 32.",
   .min = 0, .max = gib},
  {KEY(websocket.compression_level),
   .doc = "From 1, the fastest, to 9, the smallest.", .min = 1, .max = 9},
  {KEY(websocket.decompressed_message_size_limit),
   .doc = "Bytes that a compressed message may stand for; more closes the "
          "connection (1009). 0: ten times `websocket.message_size_limit`.",
   .min = 0, .max = gib},
  {KEY(websocket.write_timeout),
   .doc = "A client, of any transport, that takes none of what waits for it "
          "for so long is disconnected (3009).",
   .min = 1},
  {KEY(http_stream.enabled),
   .doc = "`/connection/http_stream`: clients that cannot use a WebSocket get "
          "their messages as one endless response and send by `/emulation`."},
  {KEY(http_stream.handler_prefix), .doc = "Its path.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(http_stream.max_request_body_size),
   .doc = "Bytes of its connect command; a larger one is answered with 413.",
   .min = 128, .max = gib},
  {KEY(sse.enabled),
   .doc = "`/connection/sse`: the same by server-sent events."},
  {KEY(sse.handler_prefix), .doc = "Its path.", .valid = is_handler_prefix,
   .rule = handler_prefix_rule},
  {KEY(sse.max_request_body_size),
   .doc = "Bytes of its connect command; a larger one is answered with 413.",
   .min = 128, .max = gib},
  {KEY(emulation.handler_prefix),
   .doc = "Where such clients send. They have to be told of another path.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(emulation.max_request_body_size),
   .doc = "Bytes of a request to `/emulation`, which is there when "
          "`http_stream` or `sse` is; a larger one is answered with 413.",
   .min = 128, .max = gib},
  {KEY(uni_websocket.enabled),
   .doc = "`/connection/uni_websocket`: a client that only listens; being "
          "connected keeps its user's `online` fresh."},
  {KEY(uni_websocket.handler_prefix), .doc = "Its path.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(uni_http_stream.enabled),
   .doc = "`/connection/uni_http_stream`: the same by an endless response."},
  {KEY(uni_http_stream.handler_prefix), .doc = "Its path.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(uni_http_stream.max_request_body_size),
   .doc = "Bytes of what it connects with; a larger one is answered with 413.",
   .min = 128, .max = gib},
  {KEY(uni_sse.enabled),
   .doc = "`/connection/uni_sse`: the same by server-sent events."},
  {KEY(uni_sse.handler_prefix), .doc = "Its path.", .valid = is_handler_prefix,
   .rule = handler_prefix_rule},
  {KEY(uni_sse.max_request_body_size),
   .doc = "Bytes of what it connects with; a larger one is answered with 413.",
   .min = 128, .max = gib},
});

constexpr auto of_the_process = std::to_array<field>({
  {KEY(server.threads),
   .doc = "Threads that serve connections and run the actors. 0: one per core.",
   .min = 0, .max = 1024},
  {KEY(shutdown.timeout),
   .doc = "How long a stop may take, the last flush included, before the "
          "process ends anyway with code 1."},
  {KEY(pid_file),
   .doc = "A file that has the process ID while the service runs, written once "
          "it listens and locked (`flock`). One that a process left behind is "
          "replaced; the start fails while the process that locked it runs, or "
          "if there is another thing than a process ID in it. Empty: none.",
   .valid = is_path_or_empty, .rule = path_rule},
  {KEY(health.enabled),
   .doc = "Serves `/health`, which always answers, and `/ready`, which says no "
          "(503) with the reasons while a store cannot be reached or the "
          "service stops. The reasons name the stores' addresses."},
  {KEY(health.handler_prefix), .doc = "Where `/health` is instead.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(prometheus.enabled),
   .doc = "Serves `/metrics` for Prometheus: see docs/metrics.md. It asks for "
          "no key."},
  {KEY(prometheus.handler_prefix), .doc = "Where `/metrics` is instead.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(swagger.enabled),
   .doc =
     "Serves `/swagger/openapi.json`, the description of the server API "
     "for programs that make clients of it, without the older style (`POST "
     "/api` with `method` and `params`). It asks for no key."},
  {KEY(swagger.handler_prefix),
   .doc = "What `/openapi.json` comes after instead.",
   .valid = is_handler_prefix, .rule = handler_prefix_rule},
  {KEY(log.level), .doc = "The least important messages that are shown.",
   .valid = is_level,
   .rule = "`none`, `trace`, `debug`, `info`, `warn` or `error`"},
  {KEY(log.format),
   .doc = "`text`: lines of key=value; `json`: one object a line.",
   .valid = is_log_format, .rule = "`text` or `json`"},
  {KEY(log.file),
   .doc = "The file that lines are appended to, made if it is not there (mode "
          "640, its directory must exist) and opened anew on SIGHUP, as "
          "`logrotate` needs it. Empty: the standard output.",
   .valid = is_path_or_empty, .rule = path_rule},
  {KEY(log.access),
   .doc = "One line per HTTP request or call by gRPC, at level `info`: method, "
          "path, status, bytes, duration, request ID. A request ID is taken "
          "over from "
          "`X-Request-ID` if it is at most 128 letters, digits and "
          "`-_.:=+/@`, else made, and given back in the answer."},
});

#undef KEY

constexpr auto unsupported = std::to_array<std::string_view>({
  "user_status.redis.replica_client",
});

constexpr auto ignored = std::to_array<std::string_view>({
  "engine.type",
  "user_status.redis.force_resp2",
  "user_status.redis.tls.client_ca_pem",
  "user_status.redis.sentinel_tls.client_ca_pem",
  "http_server.tls.server_ca_pem",
  "http_server.tls.server_name",
  "http_server.tls.insecure_skip_verify",
  "http_server.internal_tls.server_ca_pem",
  "http_server.internal_tls.server_name",
  "http_server.internal_tls.insecure_skip_verify",
  "grpc_api.tls.server_ca_pem",
  "grpc_api.tls.server_name",
  "grpc_api.tls.insecure_skip_verify",
});

struct namer {
  std::string_view operator()(bool) const {
    return "boolean";
  }
  std::string_view operator()(const std::string&) const {
    return "string";
  }
  std::string_view operator()(const std::vector<std::string>&) const {
    return "list of strings";
  }
  std::string_view operator()(milliseconds) const {
    return "duration";
  }
  template <class Number>
  std::string_view operator()(Number) const {
    return "number";
  }
};

} // namespace

bool is_listen_address(std::string_view x) {
  auto text = std::string{x};
  in6_addr parsed;
  return x.empty() || x == "localhost"
         || inet_pton(AF_INET, text.c_str(), &parsed) == 1
         || inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

bool is_error_mode(std::string_view x) {
  return x.empty() || x == "transport";
}

bool is_name(std::string_view x) {
  return !x.empty() && std::ranges::none_of(x, is_control);
}

std::span<const field> fields() {
  static const auto all = [] {
    std::vector<field> out;
    for (auto table :
         {std::span<const field>{of_servers}, grpc_fields(), client_fields(),
          std::span<const field>{of_transports}, user_status_fields(),
          std::span<const field>{of_the_process}})
      out.insert(out.end(), table.begin(), table.end());
    return out;
  }();
  return all;
}

const field* find_field(std::string_view key) {
  auto all = fields();
  auto i = std::ranges::find(all, key, &field::key);
  return i == all.end() ? nullptr : &*i;
}

std::span<const std::string_view> unsupported_keys() {
  return unsupported;
}

std::span<const std::string_view> ignored_keys() {
  return ignored;
}

std::string env_name(std::string_view key) {
  std::string out = "LASTSEEN_";
  for (auto c : key) {
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    out += c == '.' ? '_' : c;
  }
  return out;
}

std::string_view type_name(const field& f) {
  settings x;
  return std::visit([&](auto at) { return namer{}(at(x)); }, f.at);
}

std::string allowed(const field& f) {
  if (!f.rule.empty())
    return std::string{f.rule};
  auto type = type_name(f);
  if (type == "boolean")
    return "true or false";
  if (type == "number")
    return "a whole number from " + std::to_string(f.min) + " to "
           + std::to_string(f.max);
  if (type == "duration") {
    auto least = std::max(f.min, std::uint64_t{1});
    return "a duration such as `1h30m` or `250ms`, at least "
           + to_string(milliseconds{least}) + (f.min == 0 ? ", or `0`" : "");
  }
  return "a " + std::string{type};
}

} // namespace lastseen::config
