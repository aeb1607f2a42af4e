#include "net/auth/token_claims.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace lastseen {

namespace {

namespace json = boost::json;
using std::chrono::system_clock;

std::shared_ptr<const re2::RE2> make_regex(const std::string& text) {
  return text.empty() ? nullptr : std::make_shared<const re2::RE2>(text);
}

/// Reads a NumericDate (RFC 7519, section 2); absent leaves `out` as it is.
bool read_time(const json::object& claims, std::string_view name,
               std::optional<system_clock::time_point>& out) {
  const auto* x = claims.if_contains(name);
  if (x == nullptr)
    return true;
  boost::system::error_code ec;
  auto seconds = x->is_number() ? x->to_number<double>(ec) : 0.0;
  // Boost.JSON reads 0e999 as 0 times infinity.
  if (!x->is_number() || ec || std::isnan(seconds))
    return false;
  // What the clock's nanoseconds can hold.
  seconds = std::clamp(seconds, -9e9, 9e9);
  out = system_clock::time_point{
    std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
  return true;
}

bool is_text(const json::value* x, const std::string& wanted,
             const re2::RE2* regex) {
  if (x == nullptr || !x->is_string())
    return false;
  std::string_view text = x->get_string();
  return (wanted.empty() || text == wanted)
         && (regex == nullptr
             || re2::RE2::PartialMatch({text.data(), text.size()}, *regex));
}

// `aud` may be a list: one of it is enough.
bool is_one_of(const json::value* x, const std::string& wanted,
               const re2::RE2* regex) {
  if (x == nullptr || !x->is_array())
    return is_text(x, wanted, regex);
  const auto& list = x->get_array();
  return std::any_of(list.begin(), list.end(), [&](const json::value& y) {
    return is_text(&y, wanted, regex);
  });
}

} // namespace

claim_rules::claim_rules(const config::client_token& settings)
  : user_claim_(settings.user_id_claim.empty() ? "sub"
                                               : settings.user_id_claim),
    audience_(settings.audience),
    issuer_(settings.issuer),
    audience_regex_(make_regex(settings.audience_regex)),
    issuer_regex_(make_regex(settings.issuer_regex)) {}

result<token_claims> claim_rules::read(const json::object& claims,
                                       time_point now) const {
  if (!audience_.empty() || audience_regex_)
    if (!is_one_of(claims.if_contains("aud"), audience_, audience_regex_.get()))
      return refused_token("aud is not client.token.audience");
  if (!issuer_.empty() || issuer_regex_)
    if (!is_text(claims.if_contains("iss"), issuer_, issuer_regex_.get()))
      return refused_token("iss is not client.token.issuer");
  if (claims.contains("channel"))
    return refused_token("has a channel claim: meant for a subscription");
  token_claims out;
  if (const auto* user = claims.if_contains(user_claim_)) {
    if (!user->is_string())
      return refused_token(user_claim_ + " is not a string");
    if (user->get_string().size() > max_user_size)
      return refused_token(user_claim_ + " is over 512 bytes");
    out.user = std::string_view{user->get_string()};
  }
  std::optional<time_point> ignored;
  std::optional<time_point> not_before;
  std::optional<time_point> connection_end;
  if (!read_time(claims, "exp", out.expires_at))
    return refused_token("exp is not a number");
  if (!read_time(claims, "nbf", not_before))
    return refused_token("nbf is not a number");
  if (!read_time(claims, "iat", ignored))
    return refused_token("iat is not a number");
  if (!read_time(claims, "expire_at", connection_end))
    return refused_token("expire_at is not a number");
  if (out.expires_at && now >= *out.expires_at)
    return error{ec::token_expired, "token: exp is reached"};
  if (not_before && now + not_before_leeway < *not_before)
    return error{ec::token_expired, "token: nbf is not reached"};
  if (connection_end)
    out.expires_at = connection_end;
  if (connection_end == time_point{})
    out.expires_at.reset();
  return out;
}

error refused_token(std::string why) {
  return {ec::unauthorized, "token: " + std::move(why)};
}

} // namespace lastseen
