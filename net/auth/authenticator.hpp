#pragma once

#include "actors/session.hpp"
#include "config/config.hpp"
#include "net/auth/jwt.hpp"
#include "net/auth/key_service.hpp"
#include "status/error.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

namespace lastseen {

/// Says who clients are by their tokens, with the keys of today. From any
/// thread but where said.
class authenticator {
public:
  /// Keys that are ready to be used.
  struct keys {
    token_verifier verifier;
    /// Tokens do not expire.
    bool insecure = false;
    /// Of `client.token.jwks_public_endpoint`; null: none.
    std::shared_ptr<key_service> service;
  };
  using keys_ptr = std::shared_ptr<const keys>;

  /// Reads the keys of `client.token`; those of an endpoint that is in use
  /// already stay. Errors: `ec::bad_config`.
  result<keys_ptr> read(const config::client& settings) const;

  /// From here on these. REQUIRES: called on one thread.
  void use(keys_ptr next);

  /// Fetches keys on the thread of `home` from here on. REQUIRES: `use` was
  /// called, on the same thread.
  void start(boost::asio::io_context& home);

  /// Fetches no more; whoever waits is called. On the thread of `home`.
  void stop();

  /// Who shows a token that came at `since`; errors as
  /// `session_options::authenticate`. REQUIRES: `use` was called.
  result<identity> operator()(std::string_view token, local_time since) const;

  /// Calls `done`, on the thread of `home`, once the keys are there that a
  /// token waits for. REQUIRES: `start` was called.
  void await_keys(std::function<void()> done) const;

private:
  std::atomic<keys_ptr> keys_;
  boost::asio::io_context* home_ = nullptr;
};

} // namespace lastseen
