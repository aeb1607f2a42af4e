#pragma once

#include "net/auth/token_keys.hpp"

#include <chrono>
#include <optional>

namespace lastseen {

/// What was fetched of a key set, and whether it is time to fetch again. Takes
/// `now`; not thread-safe.
///
/// A name that is not known is looked for by one fetch, whoever asks for it
/// meanwhile; what that fetch says is final for all of them. Fetches have a
/// pause between them, so that invented names cost little.
class key_cache {
public:
  /// After it a set is fetched anew, while the one that is there still serves.
  static constexpr std::chrono::hours refresh_after{1};
  /// How long a set serves when no newer one can be had.
  static constexpr std::chrono::hours usable_for{24};
  /// From the end of a fetch to the next one.
  static constexpr std::chrono::seconds pause{5};
  static constexpr std::chrono::seconds pause_after_failure{1};

  /// See `key_source::find`.
  result<std::shared_ptr<const token_key>>
  find(std::string_view kid, local_time since, local_time now) const;

  /// Whether a fetch may begin.
  bool may_fetch(local_time now) const noexcept {
    return !fetching_ && now >= next_;
  }

  /// Whether the set is there but old, and a fetch may begin.
  bool is_stale(local_time now) const noexcept {
    return keys_ && now - fetched_ >= refresh_after && may_fetch(now);
  }

  void on_begin() noexcept {
    fetching_ = true;
  }
  void on_keys(token_keys&& keys, local_time now);
  void on_failure(local_time now);

private:
  void end(bool failed, local_time now);

  std::optional<token_keys> keys_;
  local_time fetched_;                   // keys_
  local_time ended_ = local_time::min(); // the last fetch
  local_time next_ = local_time::min();  // may begin
  bool fetching_ = false;
  bool failed_ = false; // the last fetch
};

} // namespace lastseen
