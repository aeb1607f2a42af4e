#include "net/auth/authenticator.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace lastseen {

namespace asio = boost::asio;

namespace {

// Longer ones are cut, as in Centrifugo.
constexpr std::chrono::seconds max_ttl = std::chrono::hours{24 * 365};

} // namespace

result<authenticator::keys_ptr>
authenticator::read(const config::client& settings) const {
  const auto& url = settings.token.jwks_public_endpoint;
  std::shared_ptr<key_service> service;
  if (!url.empty()) {
    auto parsed = parse_http_url(url);
    if (!parsed)
      return error{ec::bad_config,
                   "client.token.jwks_public_endpoint: must be a URL such as "
                   "https://example.com/.well-known/jwks.json"};
    auto before = keys_.load();
    service =
      before && before->service && before->service->endpoint() == *parsed
        ? before->service
        : std::make_shared<key_service>(std::move(*parsed));
  }
  auto verifier = token_verifier::make(settings.token, service);
  if (!verifier)
    return verifier.error();
  return std::make_shared<const keys>(
    keys{std::move(*verifier), settings.insecure, service});
}

void authenticator::use(keys_ptr next) {
  auto service = next->service;
  auto before = keys_.load();
  auto old = before ? before->service : nullptr;
  if (service && home_ != nullptr && service != old)
    service->start(*home_);
  keys_ = std::move(next);
  if (old && home_ != nullptr && service != old)
    asio::post(*home_, [old] { old->stop(); });
}

void authenticator::start(asio::io_context& home) {
  home_ = &home;
  if (auto now = keys_.load(); now->service)
    now->service->start(home);
}

void authenticator::stop() {
  if (auto now = keys_.load(); now->service)
    now->service->stop();
}

result<identity> authenticator::operator()(std::string_view token,
                                           local_time since) const {
  auto with = keys_.load();
  auto now = std::chrono::system_clock::now();
  auto claims = with->verifier.verify(token, now, since);
  if (!claims)
    return claims.error();
  identity out{std::move(claims->user), std::nullopt};
  if (claims->expires_at && !with->insecure) {
    auto ttl =
      std::chrono::ceil<std::chrono::seconds>(*claims->expires_at - now);
    out.ttl = std::min(ttl, max_ttl);
  }
  return out;
}

// Keys that have been replaced meanwhile are there.
void authenticator::await_keys(std::function<void()> done) const {
  if (auto now = keys_.load(); now->service)
    now->service->await(std::move(done));
  else
    asio::post(*home_, std::move(done));
}

} // namespace lastseen
