#include "cli/options.hpp"
#include "cli/sign_token.hpp"
#include "config/text.hpp"
#include "net/auth/document_fetch.hpp"
#include "net/auth/jwt.hpp"
#include "net/auth/key_service.hpp"
#include "net/utf8.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <ostream>
#include <utility>

namespace lastseen::cli {

namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

// As Go writes durations: `168h0m0s`.
std::string in_words(seconds x) {
  auto count = x.count();
  auto out = std::to_string(count % 60) + 's';
  if (count >= 60)
    out = std::to_string(count / 60 % 60) + 'm' + out;
  if (count >= 3600)
    out = std::to_string(count / 3600) + 'h' + out;
  return out;
}

/// The keys of a set as it was when the command began.
class fetched_keys : public key_source {
public:
  explicit fetched_keys(token_keys keys) : keys_{std::move(keys)} {
    // nop
  }

  result<std::shared_ptr<const token_key>> find(std::string_view kid,
                                                local_time) override {
    auto i = keys_.find(kid);
    if (i == keys_.end())
      return error{ec::unauthorized, "token: its kid is not in the key set"};
    return i->second;
  }

private:
  token_keys keys_;
};

/// Fetches `client.token.jwks_public_endpoint`. Null when there is none.
result<std::shared_ptr<key_source>>
fetch_keys(const config::client_token& settings) {
  if (settings.jwks_public_endpoint.empty())
    return std::shared_ptr<key_source>{};
  auto failed = [&](const std::string& why) {
    return error{ec::unavailable, "client.token.jwks_public_endpoint: " + why};
  };
  auto url = parse_http_url(settings.jwks_public_endpoint);
  if (!url)
    return failed("not a URL");
  boost::asio::io_context io;
  auto security = key_service::trust_of(*url);
  result<std::string> document = failed("no answer");
  std::make_shared<document_fetch>(io, security, std::move(*url))
    ->start(key_service::timeout,
            [&document](result<std::string> x) { document = std::move(x); });
  io.run();
  if (!document)
    return failed(document.error().what);
  auto keys = read_token_keys(*document);
  if (!keys)
    return failed(keys.error().what);
  return std::make_shared<fetched_keys>(std::move(*keys));
}

} // namespace

outcome generate_token(const arguments& from, console& to) {
  constexpr std::int64_t week = 7 * 24 * 3600;
  CLI::App app{"Prints a connection token for a user, signed with "
               "client.token.hmac_secret_key (HS256).",
               "lastseen gentoken"};
  config_option file{app};
  std::string user;
  std::int64_t ttl = week;
  bool quiet = false;
  app.add_option("-u,--user", user, "The user's ID")
    ->required()
    ->type_name("USER");
  app
    .add_option("-t,--ttl", ttl, "Seconds until it expires; -1: never [604800]")
    ->type_name("SECONDS");
  app.add_flag("-q,--quiet", quiet, "Print nothing but the token");
  if (auto over = parse(app, from, to))
    return *over;
  if (user.size() > claim_rules::max_user_size || !is_utf8(user))
    return error{ec::bad_request, "--user: must be at most 512 bytes of UTF-8"};
  if (ttl < -1 || ttl == 0 || ttl > 100 * 365 * 24 * 3600L)
    return error{ec::bad_request,
                 "--ttl: must be a number of seconds from 1 to 3153600000, or "
                 "-1"};
  auto loaded = file.load(to);
  if (!loaded)
    return loaded.error();
  const auto& secret = loaded->settings.client.token.hmac_secret_key;
  if (secret.empty())
    return error{ec::bad_config, "client.token.hmac_secret_key is empty: must "
                                 "be set to sign tokens"};
  auto now = std::chrono::floor<seconds>(system_clock::now());
  auto expires = ttl < 0 ? std::nullopt : std::optional{now + seconds{ttl}};
  if (!quiet)
    to.out << "HMAC SHA-256 JWT for user " << config::quote(user)
           << (ttl < 0 ? " without expiration"
                       : " with expiration TTL " + in_words(seconds{ttl}))
           << ":\n";
  to.out << sign_token(user, now, expires, secret) << '\n';
  return true;
}

outcome check_token(const arguments& from, console& to) {
  CLI::App app{"Checks a connection token as the service would.",
               "lastseen checktoken"};
  config_option file{app};
  std::string token;
  app.add_option("token", token, "The token")->required()->type_name("TOKEN");
  if (auto over = parse(app, from, to))
    return *over;
  auto loaded = file.load(to);
  if (!loaded)
    return loaded.error();
  const auto& settings = loaded->settings.client.token;
  auto keys = fetch_keys(settings);
  if (!keys)
    return keys.error();
  auto verifier = token_verifier::make(settings, std::move(*keys));
  if (!verifier)
    return verifier.error();
  auto now = system_clock::now();
  auto claims = verifier->verify(token, now);
  if (!claims)
    return error{ec::unauthorized,
                 "the token is not valid: " + claims.error().what};
  to.out << "valid token for user " << config::quote(claims->user);
  if (claims->expires_at)
    to.out << ", expires in "
           << in_words(std::chrono::ceil<seconds>(*claims->expires_at - now));
  to.out << '\n';
  return true;
}

} // namespace lastseen::cli
