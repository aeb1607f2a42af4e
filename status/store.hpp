#pragma once

#include "status/clock.hpp"
#include "status/error.hpp"
#include "status/record.hpp"
#include "status/stored_records.hpp"
#include "status/user_list.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastseen {

/// One user's event, stamped with the shard's clock.
struct status_write {
  std::string user;
  record update;
  /// A call of the server API waits for it: a store that can also makes sure
  /// of its copies (see write_report::unconfirmed).
  bool awaited = false;
};

/// A batch in flight. Shared with the store, so that whoever made it still has
/// it when the write fails.
using write_batch = std::shared_ptr<const std::vector<status_write>>;

/// The users of a call that a store on several servers could not serve, while
/// it served the others.
struct unserved {
  /// Ascending positions in the batch or the read.
  std::vector<std::uint32_t> failed;
  /// Why, if there are any; `rejected` if trying again is in vain.
  error cause;
};

/// What became of an acknowledged batch. Counts are users of the batch; those
/// in `failed` are not acknowledged: they may be stored or not.
struct write_report : unserved {
  /// The batch is acknowledged, but not by as many copies as those who wait
  /// for it want, and why.
  std::optional<error> unconfirmed;
  clock_sample clock;
  /// Records that were put or erased.
  std::uint32_t changed = 0;
  /// Stored values that did not parse or were of another type; overwritten.
  std::uint32_t unparsable = 0;
  /// Updates with a field dropped: older than `expire_interval`.
  std::uint32_t expired = 0;
  /// Updates with a field dropped: older than `delete_guard` and no record.
  std::uint32_t guarded = 0;
  /// Updates with a field dropped: not newer than a delete that is stored.
  std::uint32_t deleted = 0;
};

/// The answer to a read: one record per user asked for, in order; an empty
/// record where nothing is stored, and for users in `failed`.
struct read_report : unserved {
  stored_records records;
  /// Stored values that did not parse; they count as nothing stored.
  std::uint32_t unparsable = 0;
};

/// Said by a store when it becomes usable (`up`, with a first look at its
/// clock) and when it stops being so (not `up`, with the cause).
struct store_link {
  bool up = false;
  clock_sample clock;
  error cause;
};

/// Where a shard's statuses are kept.
///
/// Implementations guarantee:
/// - every function may be called from any thread and never blocks;
/// - each handler is called exactly once, on any thread, possibly before the
///   call returns; handlers must be quick and only pass the answer on;
/// - writes are `lastseen::merge` per user, with the shard's own clock as
///   `now`, and a handler gets a report only once the store has acknowledged
///   the batch. An error means that any part of it may be stored;
/// - a store on several servers reports whom it could not serve; what it says
///   of a read is final, so whether to try again for a while is its decision;
/// - a batch or a read starts after those called earlier from the same thread;
/// - while the link is down calls fail at once (`ec::unavailable`);
/// - errors say which server, which command and why.
class store {
public:
  using link_handler = std::function<void(store_link)>;
  using write_handler = std::function<void(result<write_report>)>;
  using read_handler = std::function<void(result<read_report>)>;

  virtual ~store() = default;

  /// What it is, for logs and errors: `redis 127.0.0.1:6379`. No secrets.
  virtual const std::string& name() const noexcept = 0;

  /// Starts connecting; `on_link` is told of every change until `close`. A
  /// lost link is rebuilt with backoff, for ever. Call once, before any other.
  virtual void open(link_handler on_link) = 0;

  /// Merges a batch. Users of a batch are distinct. An empty one is answered
  /// with a report too.
  virtual void write(write_batch batch, write_handler done) = 0;

  /// Reads users; duplicates are allowed.
  virtual void read(user_list users, read_handler done) = 0;

  /// Fails what is under way (`ec::stopped`), then calls `done` once nothing
  /// of the store runs any more and it may be destroyed.
  virtual void close(std::function<void()> done) = 0;
};

} // namespace lastseen
