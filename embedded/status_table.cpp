#include "embedded/status_table.hpp"

namespace lastseen::embedded {

namespace {

// An exclusive lock also keeps the index of the write-ahead log in our memory
// instead of in a file shared with others.
constexpr auto settings = "PRAGMA locking_mode = EXCLUSIVE;"
                          "PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = FULL;"
                          "PRAGMA cache_size = -32768;";

// No index on expires_at: keeping one doubled the cost of a write.
constexpr auto schema = "CREATE TABLE user_status("
                        "user BLOB NOT NULL PRIMARY KEY,"
                        "value BLOB NOT NULL,"
                        "expires_at INTEGER NOT NULL"
                        ") STRICT, WITHOUT ROWID;";

error refusal(std::string why) {
  return error{ec::bad_config, std::move(why)};
}

} // namespace

// -- opening ------------------------------------------------------------------

result<status_table> status_table::open(const std::string& path,
                                        const retention& keep) {
  auto fail = [&](const error& e) {
    return refusal("user_status.embedded.path: \"" + path + "\": " + e.what);
  };
  // SQLite would make a temporary file.
  if (path.empty())
    return fail(refusal("must not be empty"));
  auto db = database::open(path);
  if (!db)
    return fail(db.error());
  status_table out;
  out.keep_ = keep;
  out.db_ = std::move(*db);
  for (auto step : {&status_table::lock, &status_table::create_schema,
                    &status_table::prepare})
    if (auto done = (out.*step)(); !done)
      return fail(done.error());
  return out;
}

result<void> status_table::lock() {
  auto done = db_.execute(settings);
  // The lock is taken by the first write, and kept.
  if (done)
    done = db_.execute("BEGIN EXCLUSIVE; COMMIT;");
  if (!done && db_.busy())
    return refusal("in use by another process");
  return done;
}

result<void> status_table::create_schema() {
  auto application = db_.integer("PRAGMA application_id");
  if (!application)
    return std::move(application).error();
  auto version = db_.integer("PRAGMA user_version");
  if (!version)
    return std::move(version).error();
  if (*application == application_id) {
    if (*version == schema_version)
      return {};
    return refusal("made by another version of this program (schema "
                   + std::to_string(*version) + ", this one knows "
                   + std::to_string(schema_version) + ")");
  }
  auto objects = db_.integer("SELECT count(*) FROM sqlite_schema");
  if (!objects)
    return std::move(objects).error();
  if (*application != 0 || *version != 0 || *objects != 0)
    return refusal("a database of another program");
  auto sql = "BEGIN;" + std::string{schema} + "PRAGMA application_id = "
             + std::to_string(application_id) + ";PRAGMA user_version = "
             + std::to_string(schema_version) + ";COMMIT;";
  auto done = db_.execute(sql.c_str());
  if (!done)
    db_.roll_back();
  return done;
}

result<void> status_table::prepare() {
  struct {
    statement& target;
    const char* sql;
  } all[] = {
    {select_, "SELECT value, expires_at FROM user_status WHERE user = ?1"},
    {upsert_, "INSERT INTO user_status VALUES (?1, ?2, ?3)"
              " ON CONFLICT (user) DO UPDATE"
              " SET value = excluded.value, expires_at = excluded.expires_at"},
    {erase_, "DELETE FROM user_status WHERE user = ?1"},
    {walk_, "SELECT count(*), max(user) FROM (SELECT user FROM user_status"
            " WHERE user > ?1 ORDER BY user LIMIT ?2)"},
    {erase_expired_, "DELETE FROM user_status"
                     " WHERE user > ?1 AND user <= ?2 AND expires_at <= ?3"},
  };
  for (auto& [target, sql] : all) {
    auto compiled = db_.prepare(sql);
    if (!compiled)
      return std::move(compiled).error();
    target = std::move(*compiled);
  }
  return {};
}

// -- use ----------------------------------------------------------------------

result<write_report> status_table::write(const std::vector<status_write>& batch,
                                         stamp now) {
  write_report report;
  auto done = db_.execute("BEGIN");
  for (auto i = batch.begin(); done && i != batch.end(); ++i)
    done = merge_into(*i, now, report);
  if (done)
    done = db_.execute("COMMIT");
  if (done)
    return report;
  db_.roll_back();
  return std::move(done).error();
}

result<void> status_table::merge_into(const status_write& event, stamp now,
                                      write_report& report) {
  auto stored = find(event.user, now, report.unparsable);
  if (!stored)
    return std::move(stored).error();
  auto outcome = merge(*stored, event.update, now, keep_);
  report.expired += outcome.expired;
  report.guarded += outcome.guarded;
  report.deleted += outcome.deleted;
  report.changed += outcome.action != merge_action::keep;
  switch (outcome.action) {
    case merge_action::keep:
      return {};
    case merge_action::put:
      value_.clear();
      encode(outcome.value, value_);
      upsert_.bind(1, event.user);
      upsert_.bind(2, value_);
      upsert_.bind(3, outcome.expires_at);
      return upsert_.run();
    case merge_action::erase:
      erase_.bind(1, event.user);
      return erase_.run();
  }
  return {};
}

result<std::optional<record>> status_table::find(std::string_view user,
                                                 stamp now,
                                                 std::uint32_t& unparsable) {
  select_.bind(1, user);
  auto row = select_.step();
  std::optional<record> out;
  if (row && *row && select_.integer(1) > now) {
    out = decode(select_.bytes(0));
    unparsable += !out;
  }
  select_.reset();
  if (!row)
    return std::move(row).error();
  return out;
}

result<read_report> status_table::read(const user_list& users, stamp now) {
  read_report report;
  report.records.reserve(users.size());
  // Within a transaction the lock is not looked at again for each user.
  auto done = db_.execute("BEGIN");
  for (std::size_t i = 0; done && i < users.size(); ++i) {
    auto stored = find(users[i], now, report.unparsable);
    if (stored)
      report.records.add(std::move(*stored).value_or(record{}));
    else
      done = std::move(stored).error();
  }
  db_.roll_back();
  if (!done)
    return std::move(done).error();
  return report;
}

result<std::size_t> status_table::sweep(stamp now, std::size_t rows) {
  walk_.bind(1, swept_);
  walk_.bind(2, static_cast<std::int64_t>(rows));
  auto row = walk_.step();
  if (!row) {
    walk_.reset();
    return std::move(row).error();
  }
  auto seen = static_cast<std::size_t>(walk_.integer(0));
  std::string last{walk_.bytes(1)};
  walk_.reset();
  erase_expired_.bind(1, swept_);
  erase_expired_.bind(2, last);
  erase_expired_.bind(3, now);
  auto done = erase_expired_.run();
  if (!done)
    return std::move(done).error();
  swept_ = seen < rows ? std::string{} : std::move(last);
  return static_cast<std::size_t>(db_.changes());
}

result<std::size_t> status_table::size() {
  auto count = db_.integer("SELECT count(*) FROM user_status");
  if (!count)
    return std::move(count).error();
  return static_cast<std::size_t>(*count);
}

} // namespace lastseen::embedded
