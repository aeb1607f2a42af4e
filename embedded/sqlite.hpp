#pragma once

#include "status/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite's C interface that the store needs, with our errors.
/// Nothing here is thread-safe: one thread at a time per database.
namespace lastseen::embedded {

/// A prepared statement. Owned by, and must not outlive, its database.
class statement {
public:
  /// Binds bytes as a BLOB to parameter `index`, counted from 1. REQUIRES: the
  /// bytes live until the next `reset`.
  void bind(int index, std::string_view bytes) noexcept;

  /// Binds an integer.
  void bind(int index, std::int64_t value) noexcept;

  /// Runs to the next row, or to the end.
  /// @returns whether there is a row.
  result<bool> step();

  /// Runs to the end and resets, for statements without rows.
  result<void> run();

  /// The BLOB or TEXT in column `index` of the row, counted from 0. Valid
  /// until the next call of any function but these two.
  std::string_view bytes(int index) noexcept;

  /// The integer in column `index` of the row.
  std::int64_t integer(int index) noexcept;

  /// Makes it ready to be bound and run again; ends its read.
  void reset() noexcept;

private:
  friend class database;

  struct finalize {
    void operator()(sqlite3_stmt* x) const noexcept;
  };

  std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

/// An open database.
class database {
public:
  /// Opens or creates the file for reading and writing; `:memory:` is a
  /// database of this object alone. `path` is a path and never a URI.
  /// Fails with `ec::bad_config`; the text says why but not which path.
  static result<database> open(const std::string& path);

  /// Compiles one statement, to be used many times.
  result<statement> prepare(std::string_view sql);

  /// Runs statements that give no rows, or whose rows do not matter.
  result<void> execute(const char* sql);

  /// The first column of the first row, as an integer. REQUIRES: there is one.
  result<std::int64_t> integer(std::string_view sql);

  /// Rows inserted, updated or deleted by the last statement that did so.
  std::int64_t changes() noexcept;

  /// Whether the last error was that another connection holds the lock.
  bool busy() noexcept;

  /// Ends a transaction that an error left open, without its changes.
  void roll_back() noexcept;

private:
  struct close {
    void operator()(sqlite3* x) const noexcept;
  };

  std::unique_ptr<sqlite3, close> handle_;
};

} // namespace lastseen::embedded
