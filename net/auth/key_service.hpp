#pragma once

#include "net/auth/document_fetch.hpp"
#include "net/auth/key_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lastseen {

/// The keys of `client.token.jwks_public_endpoint`: fetches them when they are
/// asked for, one fetch at a time. From any thread but where said.
class key_service : public key_source,
                    public std::enable_shared_from_this<key_service> {
public:
  /// Of a fetch. Less than clients wait for the answer to `connect` (5 s).
  static constexpr std::chrono::seconds timeout{3};

  /// Whom to trust: the system's authorities, and the host's name only.
  static boost::asio::ssl::context trust_of(const http_url& endpoint);

  explicit key_service(http_url endpoint);

  const http_url& endpoint() const noexcept {
    return endpoint_;
  }

  /// Fetches on the thread of `home` from here on, and once at first, so that
  /// the keys are there when clients come.
  void start(boost::asio::io_context& home);

  /// Fetches no more; whoever waits is called. On the thread of `home`.
  void stop();

  result<std::shared_ptr<const token_key>> find(std::string_view kid,
                                                local_time since) override;

  /// Calls `done`, on the thread of `home`, once the fetch has ended that a
  /// `not_ready` promised.
  void await(std::function<void()> done);

private:
  void fetch();
  void on_document(const result<std::string>& document);
  void wake();

  const http_url endpoint_;
  boost::asio::ssl::context security_;
  boost::asio::io_context* home_ = nullptr;
  std::mutex lock_; // of cache_
  key_cache cache_;
  // On the thread of home_.
  std::shared_ptr<document_fetch> fetch_;
  std::vector<std::function<void()>> waiting_;
  bool stopped_ = false;
};

} // namespace lastseen
