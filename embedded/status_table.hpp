#pragma once

#include "embedded/sqlite.hpp"
#include "status/merge.hpp"
#include "status/store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::embedded {

/// The statuses in a database of our own. Blocks; not thread-safe.
///
/// One table without rowid: `user_status(user BLOB PRIMARY KEY, value BLOB,
/// expires_at INTEGER)`. `value` is `encode(record)`, `expires_at` is in
/// milliseconds since the Unix epoch; a row is not there from that moment on,
/// whether it is removed yet or not. The file carries our application ID, and
/// the version of its schema in `user_version`.
class status_table {
public:
  /// DO NOT CHANGE: it is in the files. "lsn1".
  static constexpr std::int64_t application_id = 0x6c736e31;
  static constexpr std::int64_t schema_version = 1;

  /// Opens or creates the file and locks it for as long as the table lives.
  /// Commits are durable when they return. `:memory:` keeps nothing.
  /// Fails with `ec::bad_config` and a text that names the path and why: in
  /// use, not a database, of another program, of a newer version, not
  /// writable.
  static result<status_table> open(const std::string& path,
                                   const retention& keep);

  /// Merges a batch in one transaction, at the time `now`. After an error
  /// nothing of it is stored, and the table can be used again. The report's
  /// clock is left to the caller. Not_ready: the disk is full. Unavailable:
  /// everything else.
  result<write_report> write(const std::vector<status_write>& batch, stamp now);

  /// Reads users as of `now`.
  result<read_report> read(const user_list& users, stamp now);

  /// Looks at the next `rows` rows in the order of users, and from the first
  /// one again after the last; removes those that expired.
  /// @returns how many were removed.
  result<std::size_t> sweep(stamp now, std::size_t rows);

  /// How many rows there are, expired ones included. Slow: it counts.
  result<std::size_t> size();

  /// For tests: limits, damage.
  database& raw() noexcept {
    return db_;
  }

private:
  result<void> lock();
  result<void> create_schema();
  result<void> prepare();
  result<void> merge_into(const status_write& event, stamp now,
                          write_report& report);
  result<std::optional<record>> find(std::string_view user, stamp now,
                                     std::uint32_t& unparsable);

  retention keep_;
  database db_;
  statement select_;
  statement upsert_;
  statement erase_;
  statement walk_;
  statement erase_expired_;
  std::string swept_; // the user where the last sweep ended; empty: none
  std::string value_; // reused
};

} // namespace lastseen::embedded
