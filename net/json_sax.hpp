#pragma once

#include "status/error.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/system/errc.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON without building it in memory: a thin layer over
/// `boost::json::basic_parser`. For .cpp files; it is slow to compile.
namespace lastseen {

enum class json_type : std::uint8_t {
  null,
  boolean,
  /// Written without fraction and exponent, and fits into 64 bits signed.
  integer,
  /// Any other number.
  number,
  string,
  array,
  object,
};

/// A value that is neither array nor object.
struct json_scalar {
  json_type type = json_type::null;
  bool boolean = false;
  std::int64_t integer = 0;
  /// Of a string, unescaped; valid during the call.
  std::string_view text{};
};

/// Makes the events of `basic_parser` into four:
///
///     const char* open(json_type);          // an array or an object begins
///     void close();                         // … and ends
///     void key(std::string_view);
///     const char* scalar(const json_scalar&);
///
/// `open` and `scalar` return nothing or what is wrong, which ends the parse.
/// `open` may call `skip()`: then nothing is heard of the inside nor the end.
template <class Derived>
class json_handler {
public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = max_array_size;
  static constexpr std::size_t max_string_size = max_array_size;
  static constexpr std::size_t max_key_size = max_array_size;

  using error_code = boost::system::error_code;
  using string_view = boost::json::string_view;

  bool on_document_begin(error_code&) {
    scratch_.clear();
    problem_ = nullptr;
    skipped_ = 0;
    return true;
  }

  bool on_document_end(error_code&) {
    return true;
  }

  bool on_array_begin(error_code& code) {
    return opened(json_type::array, code);
  }

  bool on_array_end(std::size_t, error_code&) {
    return closed();
  }

  bool on_object_begin(error_code& code) {
    return opened(json_type::object, code);
  }

  bool on_object_end(std::size_t, error_code&) {
    return closed();
  }

  bool on_string_part(string_view part, std::size_t, error_code&) {
    if (skipped_ == 0)
      scratch_.append(part.data(), part.size());
    return true;
  }

  bool on_string(string_view part, std::size_t, error_code& code) {
    if (skipped_ != 0)
      return true;
    auto problem =
      self().scalar({.type = json_type::string, .text = whole(part)});
    scratch_.clear();
    return passed(problem, code);
  }

  bool on_key_part(string_view part, std::size_t n, error_code& code) {
    return on_string_part(part, n, code);
  }

  bool on_key(string_view part, std::size_t, error_code&) {
    if (skipped_ != 0)
      return true;
    self().key(whole(part));
    scratch_.clear();
    return true;
  }

  bool on_number_part(string_view, error_code&) {
    return true;
  }

  bool on_int64(std::int64_t value, string_view, error_code& code) {
    return given({.type = json_type::integer, .integer = value}, code);
  }

  bool on_uint64(std::uint64_t, string_view, error_code& code) {
    return given({.type = json_type::number}, code);
  }

  bool on_double(double, string_view, error_code& code) {
    return given({.type = json_type::number}, code);
  }

  bool on_bool(bool value, error_code& code) {
    return given({.type = json_type::boolean, .boolean = value}, code);
  }

  bool on_null(error_code& code) {
    return given({}, code);
  }

  bool on_comment_part(string_view, error_code&) {
    return true;
  }

  bool on_comment(string_view, error_code&) {
    return true;
  }

  /// What `open` or `scalar` complained about, or null.
  const char* problem() const noexcept {
    return problem_;
  }

protected:
  /// Called by `open`: the array or object that begins does not matter.
  void skip() noexcept {
    skipped_ = 1;
  }

private:
  Derived& self() noexcept {
    return static_cast<Derived&>(*this);
  }

  std::string_view whole(string_view last) {
    if (scratch_.empty())
      return {last.data(), last.size()};
    scratch_.append(last.data(), last.size());
    return scratch_;
  }

  bool passed(const char* problem, error_code& code) {
    if (problem == nullptr)
      return true;
    problem_ = problem;
    code = make_error_code(boost::system::errc::invalid_argument);
    return false;
  }

  bool given(const json_scalar& value, error_code& code) {
    return skipped_ != 0 || passed(self().scalar(value), code);
  }

  bool opened(json_type type, error_code& code) {
    if (skipped_ != 0) {
      ++skipped_;
      return true;
    }
    return passed(self().open(type), code);
  }

  bool closed() {
    if (skipped_ == 0)
      self().close();
    else
      --skipped_;
    return true;
  }

  std::string scratch_; // the parts so far of a string that is not in one piece
  const char* problem_ = nullptr;
  std::size_t skipped_ = 0; // depth inside what is skipped
};

/// How a parse ended: after `size` bytes, or there with `problem`.
struct json_outcome {
  std::size_t size = 0;
  std::optional<std::string> problem;
};

/// Parses the value that `text` begins with, white space around it included.
/// What follows is left. Strict: UTF-8 is checked, lone surrogates are errors,
/// nesting ends at 32.
template <class Handler>
json_outcome parse_some(boost::json::basic_parser<Handler>& parser,
                        std::string_view text) {
  boost::system::error_code code;
  parser.reset();
  auto size = parser.write_some(false, text.data(), text.size(), code);
  if (!code)
    return {size, std::nullopt};
  auto problem = parser.handler().problem();
  return {size, problem != nullptr ? problem : code.message()};
}

/// Parses `text`, which must be one value. An error is `ec::bad_request` and
/// says what and at which byte, for example `rpc: not an object at byte 7`.
template <class Handler>
result<void> parse_whole(boost::json::basic_parser<Handler>& parser,
                         std::string_view text) {
  auto outcome = parse_some(parser, text);
  if (!outcome.problem && outcome.size < text.size())
    outcome.problem = "extra data";
  if (!outcome.problem)
    return {};
  return error{ec::bad_request,
               *outcome.problem + " at byte " + std::to_string(outcome.size)};
}

} // namespace lastseen
