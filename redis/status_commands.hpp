#pragma once

#include "redis/reply.hpp"
#include "status/merge.hpp"
#include "status/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The commands of the status store and what their replies mean. Pure.
namespace lastseen::redis {

/// The key of a user is this and the user: `<prefix>.user_status.`
std::string key_prefix(std::string_view prefix);

/// Appends the MGET of some users. REQUIRES: at least one user.
void append_read(std::string& out, std::string_view keys,
                 const user_list& users);

/// The reply to `append_read` of so many users; nothing when it is none.
std::optional<read_report> parse_read(const reply& text, std::size_t users);

/// Appends the GET of one user. In a Cluster no command may name keys of
/// different slots.
void append_get(std::string& out, std::string_view keys, std::string_view user);

/// Takes the reply to `append_get` into a report: false when it is none. A key
/// of another type counts as unparsable.
bool parse_get(const reply& text, std::size_t index, read_report& into);

/// Appends the EVALSHA of a batch; `sha` names scripts/merge.lua.
void append_write(std::string& out, std::string_view sha, std::string_view keys,
                  const retention& keep,
                  const std::vector<status_write>& batch);

/// The same with the one user of `write`.
void append_write(std::string& out, std::string_view sha, std::string_view keys,
                  const retention& keep, const status_write& write);

/// The reply to `append_write`; nothing when it is none. The times of the
/// clock sample at this end are for the caller to fill in.
std::optional<write_report> parse_write(const reply& text);

/// The reply to TIME, in microseconds since the Unix epoch; nothing when it is
/// none.
std::optional<std::int64_t> parse_time(const reply& text);

} // namespace lastseen::redis
