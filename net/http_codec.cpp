#include "net/http_codec.hpp"

#include "net/http_header.hpp"

#include <algorithm>
#include <charconv>

namespace lastseen {

namespace {

constexpr std::string_view header_end = "\r\n\r\n";
/// Buffers over this are not kept for the next request.
constexpr std::size_t kept_capacity = 65'536;

} // namespace

http_decoder::http_decoder(std::size_t max_body_size)
  : max_body_size_{max_body_size} {}

http_event http_decoder::next(std::string_view& input) {
  if (stage_ == stage::done)
    reset();
  if (stage_ == stage::header)
    return read_header(input);
  auto event = read_body(input);
  if (event == http_event::error)
    input = {};
  return event;
}

http_event http_decoder::end() {
  return idle() ? http_event::need_more : fail(400, "request is incomplete");
}

void http_decoder::reset() {
  auto fields = std::move(request_.fields);
  fields.clear();
  request_ = {};
  request_.fields = std::move(fields);
  head_.clear();
  body_.clear();
  if (body_.capacity() > kept_capacity)
    body_.shrink_to_fit();
  stage_ = stage::header;
}

http_event http_decoder::read_header(std::string_view& input) {
  if (head_.empty()) {
    auto end = input.substr(0, max_header_size).find(header_end);
    if (end != std::string_view::npos) {
      auto header = input.substr(0, end + header_end.size());
      input.remove_prefix(header.size());
      return begin(header, input);
    }
  }
  auto before = head_.size();
  head_ += input.substr(0, max_header_size - before);
  // The end may have begun in what came before.
  auto end = head_.find(header_end, before - std::min<std::size_t>(before, 3));
  if (end == std::string::npos) {
    input = {};
    if (head_.size() == max_header_size)
      return fail(431, "request header is over 16 KiB");
    return http_event::need_more;
  }
  head_.resize(end + header_end.size());
  input.remove_prefix(head_.size() - before);
  return begin(head_, input);
}

http_event http_decoder::begin(std::string_view header,
                               std::string_view& input) {
  auto framing = parse_http_header(header, request_);
  if (framing.status != 0) {
    input = {};
    return fail(framing.status, framing.why);
  }
  auto length = framing.length;
  if (length > max_body_size_) {
    input = {};
    return fail(413, "request body is over the size limit");
  }
  if (!framing.chunked && input.size() >= length) {
    request_.body = input.substr(0, length);
    input.remove_prefix(length);
    stage_ = stage::done;
    return http_event::request;
  }
  keep_header(header);
  missing_ = length;
  trailer_size_ = 0;
  stage_ = framing.chunked ? stage::chunk_size : stage::body;
  if (framing.expects_continue && input.empty())
    return http_event::expect_continue;
  return next(input);
}

void http_decoder::keep_header(std::string_view header) {
  if (header.data() == head_.data())
    return;
  head_ = header;
  auto move = [&](std::string_view& view) {
    if (!view.empty())
      view = {head_.data() + (view.data() - header.data()), view.size()};
  };
  move(request_.method);
  move(request_.path);
  move(request_.query);
  for (auto& [name, value] : request_.fields) {
    move(name);
    move(value);
  }
}

http_event http_decoder::read_body(std::string_view& input) {
  for (;;) {
    switch (stage_) {
      case stage::body:
        if (!read_data(input))
          return http_event::need_more;
        finish();
        break;
      case stage::chunk_data:
        if (!read_data(input))
          return http_event::need_more;
        stage_ = stage::chunk_end;
        break;
      case stage::chunk_size:
      case stage::chunk_end:
      case stage::trailer:
        if (!read_line(input))
          return http_event::need_more;
        handle_line();
        break;
      case stage::header:
      case stage::done:
        return http_event::request;
      case stage::failed:
        return http_event::error;
    }
  }
}

bool http_decoder::read_data(std::string_view& input) {
  auto part = input.substr(0, missing_);
  body_ += part;
  input.remove_prefix(part.size());
  missing_ -= part.size();
  return missing_ == 0;
}

bool http_decoder::read_line(std::string_view& input) {
  auto part = input.substr(0, max_chunk_line_size + 1 - line_.size());
  if (auto end = part.find('\n'); end != std::string_view::npos)
    part = part.substr(0, end + 1);
  line_ += part;
  input.remove_prefix(part.size());
  return line_.ends_with('\n') || line_.size() > max_chunk_line_size;
}

void http_decoder::handle_line() {
  auto end = line_.find('\r');
  if (end == std::string::npos || end + 2 != line_.size()) {
    fail(400, "line of chunked body is malformed");
    return;
  }
  auto line = std::string_view{line_}.substr(0, end);
  if (stage_ == stage::chunk_size) {
    handle_chunk_size(line);
  } else if (stage_ == stage::chunk_end) {
    if (line.empty())
      stage_ = stage::chunk_size;
    else
      fail(400, "chunk is longer than its size");
  } else if (line.empty()) {
    finish();
  } else {
    // Trailers are dropped: what they say came after the decision on it.
    trailer_size_ += line.size();
    if (trailer_size_ > max_header_size)
      fail(431, "trailers are over 16 KiB");
  }
  line_.clear();
}

void http_decoder::handle_chunk_size(std::string_view text) {
  std::uint64_t size = 0;
  auto end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, size, 16);
  if (error == std::errc::result_out_of_range) {
    fail(413, "chunk is over the size limit");
  } else if (error != std::errc{} || (rest != end && *rest != ';')) {
    fail(400, "chunk size is malformed");
  } else if (size > max_body_size_ - body_.size()) {
    fail(413, "request body is over the size limit");
  } else {
    missing_ = size;
    stage_ = size == 0 ? stage::trailer : stage::chunk_data;
  }
}

void http_decoder::finish() {
  request_.body = body_;
  stage_ = stage::done;
}

http_event http_decoder::fail(unsigned status, std::string_view why) {
  status_ = status;
  why_ = why;
  stage_ = stage::failed;
  return http_event::error;
}

} // namespace lastseen
