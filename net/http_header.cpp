#include "net/http_header.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <functional>
#include <limits>

namespace lastseen {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

/// Parses one header that is whole, so that nothing is ever parsed twice. The
/// body is left to `http_decoder`.
class header_parser final : public http::basic_parser<true> {
public:
  header_parser(std::string_view header, http_request& out)
    : header_{header}, out_{out} {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    skip(true);
  }

  http_framing run() {
    error_code ec;
    if (!parse(ec))
      return {.status = status_, .why = why_};
    return {.chunked = chunked(),
            .expects_continue = expects_continue_ && out_.version == 11,
            .length = content_length().value_or(0)};
  }

private:
  bool parse(error_code& ec) {
    auto used = put({header_.data(), header_.size()}, ec);
    if (status_ != 0)
      return false;
    if (ec == http::error::bad_version)
      return refuse(505, "request is not of HTTP/1.0 or 1.1", ec);
    if (ec || used != header_.size() || !is_done())
      return refuse(400, "request header is malformed", ec);
    if (out_.version == 11 && hosts_ != 1)
      return refuse(400, "request has not exactly one Host", ec);
    if (chunked() && out_.version != 11)
      return refuse(400, "Transfer-Encoding needs HTTP/1.1", ec);
    // HTTP/1.0 clients that ask for it would need an answer of 1.0.
    out_.keep_alive = out_.version == 11 && keep_alive();
    return true;
  }

  bool refuse(unsigned status, std::string_view why, error_code& ec) {
    status_ = status;
    why_ = why;
    ec = http::error::bad_value;
    return false;
  }

  void on_request_impl(http::verb, string_view method, string_view target,
                       int version, error_code& ec) override {
    out_.method = method;
    out_.version = version;
    std::string_view rest = target;
    if (rest != "*" && !rest.starts_with('/')) {
      // A client that takes us for a proxy sends the absolute form.
      auto colon = std::min(rest.find("://"), rest.size());
      auto scheme = rest.substr(0, colon);
      auto slash = rest.find('/', std::min(colon + 3, rest.size()));
      if ((!equal_ignoring_case(scheme, "http")
           && !equal_ignoring_case(scheme, "https"))
          || slash == std::string_view::npos) {
        refuse(400, "request target is malformed", ec);
        return;
      }
      rest.remove_prefix(slash);
    }
    auto mark = std::min(rest.find('?'), rest.size());
    out_.path = rest.substr(0, mark);
    out_.query = rest.substr(std::min(mark + 1, rest.size()));
  }

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& ec) override {
    if (is_folded(name, value)) {
      refuse(400, "header field is folded", ec);
      return;
    }
    switch (field) {
      case http::field::host:
        ++hosts_;
        break;
      case http::field::content_length:
        if (++lengths_ > 1 || value.find(',') != string_view::npos)
          refuse(400, "Content-Length is repeated", ec);
        break;
      case http::field::transfer_encoding:
        if (!equal_ignoring_case(value, "chunked"))
          refuse(501, "Transfer-Encoding is not chunked", ec);
        break;
      case http::field::expect:
        expects_continue_ = equal_ignoring_case(value, "100-continue");
        if (!expects_continue_)
          refuse(417, "Expect is not 100-continue", ec);
        break;
      default:
        break;
    }
    out_.fields.push_back({name, value});
  }

  // Beast joins folded lines in a buffer of its own, or skips to the second.
  bool is_folded(string_view name, string_view value) const {
    auto begin = name.data() + name.size();
    auto end = header_.data() + header_.size();
    std::less<const char*> before;
    if (before(value.data(), begin) || before(end, value.data()))
      return true;
    return std::find(begin, value.data(), '\r') != value.data();
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&,
                         error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes,
                                 error_code&) override {
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  std::string_view header_;
  http_request& out_;
  std::string_view why_;
  unsigned status_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  bool expects_continue_ = false;
};

} // namespace

http_framing parse_http_header(std::string_view header, http_request& out) {
  return header_parser{header, out}.run();
}

} // namespace lastseen
