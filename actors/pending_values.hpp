#pragma once

#include "actors/pending_table.hpp"

namespace lastseen {

/// What is not acknowledged of a user.
struct pending_table::unsaved : by_age {
  enum class place : std::uint8_t { none, held, ready, in_flight, aside };

  /// Not yet in a batch, in local time (microseconds).
  record fresh;
  /// Was in a batch, stamped by the shard's clock: in flight or failed.
  record stamped;
  place where = place::none;
  /// The server API waits: no debounce.
  bool urgent = false;
  /// What is stamped was set aside before.
  bool retried = false;
  std::vector<call_id> fresh_calls;
  std::vector<call_id> sent_calls;
};

/// The batch in flight.
struct pending_table::flight {
  std::vector<node*> users;
};

inline bool has_values(const record& x) {
  return newest(x) != 0 || x.deleted != 0;
}

} // namespace lastseen
