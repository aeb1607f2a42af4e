#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen {

struct http_field {
  std::string_view name;
  std::string_view value;
};

/// A whole request. Everything is a view into memory of whoever made it.
struct http_request {
  /// As sent, for example `POST`.
  std::string_view method = {};
  /// The target up to `?`, still percent-encoded; begins with `/`, or is `*`.
  std::string_view path = {};
  /// The target after `?`, still percent-encoded.
  std::string_view query = {};
  /// 10 for HTTP/1.0, 11 for HTTP/1.1.
  int version = 11;
  /// In the order sent. Values have no white space around them.
  std::vector<http_field> fields = {};
  /// Decoded if it was chunked.
  std::string_view body = {};
  /// Whether another request may follow on the connection.
  bool keep_alive = true;

  /// The first field of that name in any case, or empty.
  std::string_view field(std::string_view name) const noexcept;
};

/// Whether two ASCII texts differ in nothing but case.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// The text before the first `separator`, or all, without the blanks around it;
/// `rest` becomes what follows the separator. For the lists in header fields.
std::string_view cut(std::string_view& rest, char separator) noexcept;

/// The first value of `name` in a query, decoded (`+` is a space). Pairs that
/// are wrongly encoded are skipped.
std::optional<std::string> query_value(std::string_view query,
                                       std::string_view name);

/// Appends a response of HTTP/1.1. `Content-Type` is left out when empty;
/// `extra` is whole header lines, each with its line end. There is no `Date`:
/// put it in `extra`.
/// REQUIRES: `content_type` and `extra` hold no line end that a client chose.
void append_response(std::string& out, unsigned status,
                     std::string_view content_type, std::string_view body,
                     bool keep_alive, std::string_view extra = {});

} // namespace lastseen
