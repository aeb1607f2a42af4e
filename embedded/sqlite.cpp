#include "embedded/sqlite.hpp"

#include <sqlite3.h>

#include <system_error>

namespace lastseen::embedded {

namespace {

// A full disk can be helped without us, and so can a full memory.
ec code_of(int rc) {
  switch (rc & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ec::not_ready;
    default:
      return ec::unavailable;
  }
}

error last_error(sqlite3* db, int rc) {
  error out{code_of(rc), sqlite3_errmsg(db)};
  auto primary = rc & 0xff;
  if (primary == SQLITE_IOERR)
    out.what += " (SQLite code " + std::to_string(rc) + ")";
  else if (auto cause = sqlite3_system_errno(db);
           primary == SQLITE_CANTOPEN && cause != 0)
    out.what += " (" + std::generic_category().message(cause) + ")";
  return out;
}

int size_of(std::string_view bytes) {
  return static_cast<int>(bytes.size());
}

} // namespace

// -- statement ----------------------------------------------------------------

void statement::finalize::operator()(sqlite3_stmt* x) const noexcept {
  sqlite3_finalize(x);
}

// The only way for a bind to fail here is a wrong index, which would show in
// every test: without memory there is nothing to copy.
void statement::bind(int index, std::string_view bytes) noexcept {
  // A null pointer would bind NULL.
  auto data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob(handle_.get(), index, data, size_of(bytes), SQLITE_STATIC);
}

void statement::bind(int index, std::int64_t value) noexcept {
  sqlite3_bind_int64(handle_.get(), index, value);
}

result<bool> statement::step() {
  switch (auto rc = sqlite3_step(handle_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return last_error(sqlite3_db_handle(handle_.get()), rc);
  }
}

result<void> statement::run() {
  auto more = step();
  while (more && *more)
    more = step();
  reset();
  if (!more)
    return std::move(more).error();
  return {};
}

std::string_view statement::bytes(int index) noexcept {
  auto data = sqlite3_column_blob(handle_.get(), index);
  auto size = sqlite3_column_bytes(handle_.get(), index);
  if (data == nullptr)
    return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::int64_t statement::integer(int index) noexcept {
  return sqlite3_column_int64(handle_.get(), index);
}

void statement::reset() noexcept {
  sqlite3_reset(handle_.get());
}

// -- database -----------------------------------------------------------------

void database::close::operator()(sqlite3* x) const noexcept {
  sqlite3_close_v2(x);
}

result<database> database::open(const std::string& path) {
  constexpr auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                         | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  database out;
  sqlite3* handle = nullptr;
  // Debian's SQLite takes every "file:" for a URI.
  auto plain = path.starts_with("file:") ? "./" + path : path;
  auto rc = sqlite3_open_v2(plain.c_str(), &handle, flags, nullptr);
  out.handle_.reset(handle);
  if (rc != SQLITE_OK) {
    auto e = last_error(handle, rc);
    e.code = ec::bad_config;
    return e;
  }
  // SQLite falls back to reading when it may not write.
  if (sqlite3_db_readonly(handle, "main") == 1)
    return error{ec::bad_config, "not allowed to write to it"};
  return out;
}

result<statement> database::prepare(std::string_view sql) {
  statement out;
  sqlite3_stmt* handle = nullptr;
  auto rc = sqlite3_prepare_v3(handle_.get(), sql.data(), size_of(sql),
                               SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (rc != SQLITE_OK)
    return last_error(handle_.get(), rc);
  out.handle_.reset(handle);
  return out;
}

result<void> database::execute(const char* sql) {
  auto rc = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK)
    return last_error(handle_.get(), rc);
  return {};
}

result<std::int64_t> database::integer(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return std::move(query).error();
  if (auto row = query->step(); !row)
    return std::move(row).error();
  return query->integer(0);
}

std::int64_t database::changes() noexcept {
  return sqlite3_changes64(handle_.get());
}

bool database::busy() noexcept {
  return (sqlite3_errcode(handle_.get()) & 0xff) == SQLITE_BUSY;
}

void database::roll_back() noexcept {
  if (sqlite3_get_autocommit(handle_.get()) == 0)
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace lastseen::embedded
