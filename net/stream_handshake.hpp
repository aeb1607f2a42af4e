#pragma once

#include "config/config.hpp"
#include "net/api/http_api.hpp"
#include "net/http_message.hpp"
#include "net/stream_session.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <variant>

namespace lastseen {

/// A transport whose messages are one endless response (contract B.8).
struct stream_transport {
  stream_format format;
  bool unidirectional;
  const config::stream& (*settings)(const config::settings&);
  std::atomic<std::size_t> live_limits::*max_body_size;
};

/// The transport that has this path, null when there is none or it is off.
const stream_transport* find_stream(std::string_view path,
                                    const config::settings& settings);

/// Answers a request for a stream: either what is to be said instead of one
/// (204 to OPTIONS; 400, 403, 405, 413), or the stream, the header of whose
/// response is then appended to `out`, with `fields`, lines that are whole.
///
/// The connect command is the body of a POST, or for events also `cf_connect`
/// in the query of a GET. A body of `http_stream` with the content type
/// `application/octet-stream` is Protobuf, and so is what follows.
std::variant<server_api::http_answer, stream_request>
answer_stream(const stream_transport& transport, const http_request& request,
              const environment& env, std::string_view fields,
              std::string& out);

/// Answers a request to `/emulation`: hands the frame in it to its session.
/// 404: it is of another node.
server_api::http_answer answer_emulation(const http_request& request,
                                         environment& env);

} // namespace lastseen
