#include "config/field_table.hpp"

#include <algorithm>
#include <array>

namespace lastseen::config {

namespace {

// -- rules for strings --------------------------------------------------------

bool is_http_url(std::string_view x) {
  return x.empty()
         || ((x.starts_with("http://") || x.starts_with("https://"))
             && std::ranges::none_of(x, [](char c) {
                  return static_cast<unsigned char>(c) <= ' ' || c == 0x7F
                         || c == '{' || c == '@';
                }));
}

// A token of RFC 9110, section 5.6.2.
bool is_header_name(std::string_view x) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return std::ranges::all_of(x, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || others.find(c) != others.npos;
  });
}

bool is_claim(std::string_view x) {
  return std::ranges::all_of(x, [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// -- the table ----------------------------------------------------------------

constexpr std::uint64_t max_rate = 1'000'000;

constexpr auto table = std::to_array<field>({
  {KEY(client.token.hmac_secret_key),
   .doc = "The secret that HMAC connection tokens (JWT) are signed with. "
          "Empty: they are refused.",
   .secret = true},
  {KEY(client.token.hmac_previous_secret_key),
   .doc = "The secret before, while tokens that were signed with it are in "
          "use. Empty: none.",
   .secret = true},
  {KEY(client.token.hmac_previous_secret_key_valid_until),
   .doc = "Until when the secret before is good, in Unix seconds. 0: for ever.",
   .min = 0},
  {KEY(client.token.rsa_public_key),
   .doc = "The key of tokens signed with RS256, RS384 or RS512: PEM, `BEGIN "
          "PUBLIC KEY`, 2048 to 8192 bits. Empty: they are refused."},
  {KEY(client.token.ecdsa_public_key),
   .doc = "The key of tokens signed with ES256 (P-256), ES384 (P-384) or ES512 "
          "(P-521): PEM, `BEGIN PUBLIC KEY`. Empty: they are refused."},
  {KEY(client.token.eddsa_public_key),
   .doc = "The key of tokens signed with EdDSA: Ed25519, PEM, `BEGIN PUBLIC "
          "KEY`. Empty: they are refused."},
  {KEY(client.token.jwks_public_endpoint),
   .doc = "Where the public keys of tokens are: a JWK set by HTTP or HTTPS, "
          "the key of a token named by its `kid`. It is fetched again every "
          "hour and for unknown names, and serves for a day when it cannot "
          "be. Instead of the keys above, which are not used with it.",
   .valid = is_http_url,
   .rule = "a URL such as `https://example.com/.well-known/jwks.json`, "
           "without a login or templates"},
  {KEY(client.token.user_id_claim),
   .doc = "The claim of a token that has the user ID. Empty: `sub`.",
   .valid = is_claim, .rule = "letters and `_`, or empty"},
  {KEY(client.token.audience),
   .doc = "What a token's `aud` must be, or have in its list. Empty: any."},
  {KEY(client.token.audience_regex),
   .doc = "What a token's `aud`, or one of its list, must match: RE2 syntax, "
          "unanchored. Empty: any."},
  {KEY(client.token.issuer),
   .doc = "What a token's `iss` must be. Empty: any."},
  {KEY(client.token.issuer_regex),
   .doc = "What a token's `iss` must match: RE2 syntax, unanchored. Empty: "
          "any."},
  {KEY(client.insecure), .doc = "Clients need no token. For development only."},
  {KEY(client.allow_anonymous_connect_without_token),
   .doc = "A client without a token may connect, with an empty user ID; "
          "nothing is recorded for it."},
  {KEY(client.disallow_anonymous_connection_tokens),
   .doc = "A valid token with an empty user ID is refused (3507)."},
  {KEY(client.user_id_http_header),
   .doc = "The header of a client's request in which a proxy says who it is, "
          "for clients without a token. The proxy must take away what clients "
          "send under that name. Empty: none.",
   .valid = is_header_name, .rule = "the name of a header, or empty"},
  {KEY(client.allowed_origins),
   .doc = "The web origins that may connect, as `https://example.com`; `*` "
          "stands for any characters. Empty: only clients that send no "
          "`Origin`, so no browser.",
   .valid = is_name,
   .rule = "an origin such as `https://example.com`, or a pattern with `*`"},
  {KEY(client.connect_include_server_time),
   .doc = "The reply to `connect` has the time of this node in Unix "
          "milliseconds (`time`); not in protocol v1."},
  {KEY(client.ping_interval),
   .doc = "Time between two pings to a client; an answered one is its sign of "
          "life. Whole seconds, since that is what clients are told. Longer "
          "than `client.pong_timeout`."},
  {KEY(client.pong_timeout),
   .doc = "A client that takes longer to answer a ping is disconnected "
          "(3012)."},
  {KEY(client.stale_close_delay),
   .doc = "A connection that has sent no valid `connect` by then is closed "
          "(3502)."},
  {KEY(client.expired_close_delay),
   .doc = "How long after its token expired a client may still send a new one "
          "before it is disconnected (3005). 0: not at all.",
   .min = 0},
  {KEY(client.queue_max_size),
   .doc = "Bytes that may wait to be sent to one client; a slower one is "
          "disconnected (3008).",
   .min = 1024, .max = gib},
  {KEY(client.connection_limit),
   .doc =
     "Client connections of the node; more get HTTP 503. 0: the files that "
     "the process may open, less 256.",
   .min = 0},
  {KEY(client.connection_rate_limit),
   .doc = "New client connections a second; more get HTTP 503. 0: no limit.",
   .min = 0, .max = max_rate},
  {KEY(client.user_connection_limit),
   .doc = "Connections of one user to the node; one more is closed (3504). "
          "0: no limit.",
   .min = 0},
  {KEY(client.rate_limit.client_command.per_second),
   .doc = "Commands of one connection a second, on average; more are answered "
          "with error 111, and over 1,000 of them in a row close it (3013). "
          "0: no limit.",
   .min = 0, .max = max_rate},
  {KEY(client.rate_limit.client_command.burst),
   .doc = "How many of them may come at once.", .max = max_rate},
  {KEY(client.rate_limit.client_update_user_status.per_second),
   .doc = "The same for calls of `update_user_status`.", .min = 0,
   .max = max_rate},
  {KEY(client.rate_limit.client_update_user_status.burst),
   .doc = "How many of them may come at once.", .max = max_rate},
  {KEY(client.rate_limit.user_command.per_second),
   .doc = "Commands a second, on average, of all connections of one user to "
          "the node. 0: no limit.",
   .min = 0, .max = max_rate},
  {KEY(client.rate_limit.user_command.burst),
   .doc = "How many of them may come at once.", .max = max_rate},
  {KEY(client.rate_limit.user_update_user_status.per_second),
   .doc = "The same for calls of `update_user_status`.", .min = 0,
   .max = max_rate},
  {KEY(client.rate_limit.user_update_user_status.burst),
   .doc = "How many of them may come at once.", .max = max_rate},
});

#undef KEY

} // namespace

std::span<const field> client_fields() {
  return table;
}

} // namespace lastseen::config
