#include "config/reference.hpp"

#include "config/assign.hpp"
#include "config/duration.hpp"

namespace lastseen::config {

namespace {

constexpr std::string_view head = R"(# Configuration

This page is generated from `config/*fields.cpp`; a test keeps the two equal.

A value comes from the flag, else from the environment, else from `.env`, else
from the file, else it is the default; an empty file, or none, works.

- **File**: `config.json` in the working directory or what `-c`/`--config`
  names; YAML if the name ends with `.yaml` or `.yml`, TOML with `.toml`, else
  JSON. Dots in a key stand for nesting: `log.level` is
  `{"log": {"level": "debug"}}`. That there is no such file at the start is a
  warning. Keys as Centrifugo wrote them before version 6 (`api_key`,
  `redis_active_status`, `"engine": "redis"` …) are understood, with a warning
  that names the new one.
- **Environment**: the variable in the table. An empty one counts as unset, a
  list has spaces between its entries, a boolean is `true`, `1`, `t`, `false`,
  `0` or `f`. Variables with secrets are best set from a secret store.
- **`.env`** in the working directory: the same variables, one a line as
  `NAME=value`, also after `export`. Others in it are ignored. A comment begins
  with `#`, at the beginning of a line or after a space. A value may be in
  `'…'`, where everything stands for itself, or in `"…"`, where `\n`, `\r`, `\t`,
  `\"`, `\\` and `\$` mean what they mean elsewhere; both may span lines. `$` is
  just that character. A line that is none of these, such as one for another
  program, is a warning; if `LASTSEEN_` is in it, it stops the start.
- **Flag**: `--<key> <value>`, with `-a` and `-p` short for
  `--http_server.address` and `--http_server.port`. A boolean needs no value.
  Secrets have no flag, since everybody on a machine sees command lines.
  Centrifugo's `--engine.type`, `--admin.enabled` and `--debug.enabled` are
  accepted and have no effect, of which the latter two warn.

Durations are texts such as `"1h30m"` or `"250ms"`, in whole milliseconds; `"0"`
only where the table says what it means. A string where a list is expected is a
list of one. An unknown key is a warning that
names the nearest known one; a value that is not allowed, or two that contradict
each other, stop the start with one line that names the key, where its value
came from, and what is allowed.

## Which store

The statuses are kept in Redis when `user_status.enabled` is written out as
`true`, or when any key below `user_status.redis` is given (without an address:
at `127.0.0.1:6379`). They are kept in an SQLite file, the embedded store, when
neither is given, or when `user_status.embedded.path` is. That path together
with a key of Redis is a contradiction. The start says in one line which store
is used, and why.

Of the three lists of addresses `cluster_address` is used if it is set, else
`sentinel_address`, else `address`. Each entry is a shard.

## Keys

| key | environment | default | meaning |
|---|---|---|---|
)";

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (auto c : text) {
    if (c == '|')
      out += '\\';
    out += c;
  }
  return out;
}

// What `doc` need not say.
std::string limits(const field& f) {
  if (!f.rule.empty())
    return " Must be " + std::string{f.rule} + '.';
  auto type = type_name(f);
  if (type == "number")
    return " From " + std::to_string(f.min) + " to " + std::to_string(f.max)
           + '.';
  if (type == "duration" && f.min > 1)
    return " At least `" + to_string(milliseconds{f.min}) + "`.";
  return "";
}

} // namespace

std::string render_reference() {
  auto out = std::string{head};
  settings defaults;
  for (const auto& f : fields())
    out += "| `" + std::string{f.key} + "` | `" + env_name(f.key) + "` | `"
           + shown(f, defaults) + "` | "
           + cell(std::string{f.doc} + (f.secret ? " Secret: no flag." : "")
                  + limits(f))
           + " |\n";
  return out;
}

} // namespace lastseen::config
