#include "net/auth/key_service.hpp"

#include "net/log.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace lastseen {

namespace asio = boost::asio;

asio::ssl::context key_service::trust_of(const http_url& endpoint) {
  asio::ssl::context out{asio::ssl::context::tls_client};
  if (!endpoint.tls)
    return out;
  boost::system::error_code ignored; // without authorities nothing is trusted
  out.set_default_verify_paths(ignored);
  out.set_verify_mode(asio::ssl::verify_peer, ignored);
  return out;
}

key_service::key_service(http_url endpoint)
  : endpoint_(std::move(endpoint)), security_(trust_of(endpoint_)) {}

void key_service::start(asio::io_context& home) {
  home_ = &home;
  asio::post(home, [self = shared_from_this()] { self->fetch(); });
}

void key_service::stop() {
  stopped_ = true;
  if (fetch_)
    fetch_->cancel();
  wake();
}

result<std::shared_ptr<const token_key>> key_service::find(std::string_view kid,
                                                           local_time since) {
  auto now = boot_clock::now();
  std::lock_guard guard{lock_};
  if (cache_.is_stale(now))
    asio::post(*home_, [self = shared_from_this()] { self->fetch(); });
  return cache_.find(kid, since, now);
}

void key_service::await(std::function<void()> done) {
  asio::post(*home_,
             [self = shared_from_this(), done = std::move(done)]() mutable {
               self->waiting_.push_back(std::move(done));
               self->fetch();
               if (!self->fetch_)
                 self->wake();
             });
}

void key_service::fetch() {
  {
    std::lock_guard guard{lock_};
    if (stopped_ || fetch_ || !cache_.may_fetch(boot_clock::now()))
      return;
    cache_.on_begin();
  }
  fetch_ = std::make_shared<document_fetch>(*home_, security_, endpoint_);
  fetch_->start(
    timeout, [self = shared_from_this()](const result<std::string>& document) {
      self->fetch_ = nullptr;
      self->on_document(document);
      self->wake();
    });
}

void key_service::on_document(const result<std::string>& document) {
  auto keys = document ? read_token_keys(*document) : document.error();
  auto now = boot_clock::now();
  if (keys)
    log_event(log_level::info, "fetched the keys of tokens",
              {{"from", endpoint_.authority()},
               {"keys", std::to_string(keys->size())}});
  else
    log_event(log_level::warn, "cannot fetch the keys of tokens",
              {{"from", endpoint_.authority()}, {"why", keys.error().what}});
  std::lock_guard guard{lock_};
  if (keys)
    cache_.on_keys(std::move(*keys), now);
  else
    cache_.on_failure(now);
}

void key_service::wake() {
  for (auto& done : std::exchange(waiting_, {}))
    done();
}

} // namespace lastseen
