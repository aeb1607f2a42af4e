#include "net/auth/key_cache.hpp"

#include <utility>

namespace lastseen {

result<std::shared_ptr<const token_key>>
key_cache::find(std::string_view kid, local_time since, local_time now) const {
  if (keys_ && now - fetched_ < usable_for)
    if (auto i = keys_->find(kid); i != keys_->end())
      return i->second;
  if (fetching_)
    return error{ec::not_ready, "token: its key is being fetched"};
  if (ended_ >= since && !failed_)
    return error{ec::unauthorized, "token: there is no key of its kid"};
  if (ended_ < since && now >= next_)
    return error{ec::not_ready, "token: its key is not known yet"};
  return error{ec::unavailable, "token: its key cannot be fetched now"};
}

void key_cache::on_keys(token_keys&& keys, local_time now) {
  keys_ = std::move(keys);
  fetched_ = now;
  end(false, now);
}

void key_cache::on_failure(local_time now) {
  end(true, now);
}

void key_cache::end(bool failed, local_time now) {
  fetching_ = false;
  failed_ = failed;
  ended_ = now;
  next_ = now + (failed ? pause_after_failure : pause);
}

} // namespace lastseen
