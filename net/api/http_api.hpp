#pragma once

#include "net/environment.hpp"
#include "net/http_message.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lastseen::server_api {

/// What to answer a request with.
struct http_answer {
  unsigned status = 200;
  std::string_view content_type = {}; // a literal; empty: none
  std::string body = {};
  std::string fields = {}; // of the header, each with its "\r\n"
};

/// Called exactly once, on any I/O thread, maybe before `serve` returns.
using http_reply = std::function<void(http_answer)>;

/// Whether a path is of the server API: `http_api.handler_prefix` or below it.
bool is_path(std::string_view path, std::string_view prefix) noexcept;

/// Answers a request of the server API over HTTP, in both styles (contract A.2
/// and B.2): checks path, method, key and body in that order, carries the calls
/// out, and writes the answer. Failures at a store are logged with the request
/// ID; if there is none, with one that is made and, unless the body had several
/// calls, given back. REQUIRES: is_path of the request's path.
void serve(environment& env, const http_request& request,
           std::string_view request_id, http_reply done);

} // namespace lastseen::server_api
