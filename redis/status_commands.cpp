#include "redis/status_commands.hpp"

#include "redis/command.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <span>

namespace lastseen::redis {

namespace {

std::size_t millis(std::chrono::milliseconds x) {
  return static_cast<std::size_t>(std::max<std::int64_t>(x.count(), 0));
}

void append_writes(std::string& out, std::string_view sha,
                   std::string_view keys, const retention& keep,
                   std::span<const status_write> batch) {
  append_array(out, batch.size() * 2 + 5);
  append_bulk(out, "EVALSHA");
  append_bulk(out, sha);
  append_bulk(out, batch.size());
  for (auto& write : batch)
    append_bulk(out, keys, write.user);
  append_bulk(out, millis(keep.expire_interval));
  append_bulk(out, millis(keep.delete_guard));
  std::string event;
  for (auto& write : batch) {
    event.clear();
    encode(write.update, event);
    append_bulk(out, event);
  }
}

bool parse(std::string_view text, std::int64_t& number) {
  auto* end = text.data() + text.size();
  auto [at, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc{} && at == end && number >= 0;
}

} // namespace

std::string key_prefix(std::string_view prefix) {
  return std::string{prefix} + ".user_status.";
}

void append_read(std::string& out, std::string_view keys,
                 const user_list& users) {
  append_array(out, users.size() + 1);
  append_bulk(out, "MGET");
  append_bulks(out, keys, users);
}

std::optional<read_report> parse_read(const reply& text, std::size_t users) {
  if (!text.is_flat_array(users))
    return std::nullopt;
  read_report report;
  report.records.reserve(users);
  for (std::size_t i = 1; i <= users; ++i) {
    auto node = text[i];
    if (node.type != kind::string && node.type != kind::nil)
      return std::nullopt;
    if (node.type == kind::string && !is_stored_form(node.text)) {
      ++report.unparsable;
      node.text = {};
    }
    report.records.add(node.text);
  }
  return report;
}

void append_get(std::string& out, std::string_view keys,
                std::string_view user) {
  append_array(out, 2);
  append_bulk(out, "GET");
  append_bulk(out, keys, user);
}

bool parse_get(const reply& text, std::size_t index, read_report& into) {
  auto node = text[0];
  if (node.type == kind::nil)
    return true;
  if (node.type == kind::string) {
    if (is_stored_form(node.text)) {
      into.records.set(index, node.text);
      return true;
    }
  } else if (node.type != kind::error || !node.text.starts_with("WRONGTYPE")) {
    return false;
  }
  ++into.unparsable;
  return true;
}

void append_write(std::string& out, std::string_view sha, std::string_view keys,
                  const retention& keep,
                  const std::vector<status_write>& batch) {
  append_writes(out, sha, keys, keep, batch);
}

void append_write(std::string& out, std::string_view sha, std::string_view keys,
                  const retention& keep, const status_write& write) {
  append_writes(out, sha, keys, keep, {&write, 1});
}

std::optional<write_report> parse_write(const reply& text) {
  if (!text.is_flat_array(6))
    return std::nullopt;
  for (std::size_t i = 1; i <= 6; ++i)
    if (text[i].type != kind::integer || text[i].number < 0)
      return std::nullopt;
  auto count = [&](std::size_t i) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(
      text[i].number, std::numeric_limits<std::uint32_t>::max()));
  };
  write_report report;
  report.clock.server = text[1].number;
  report.changed = count(2);
  report.unparsable = count(3);
  report.expired = count(4);
  report.guarded = count(5);
  report.deleted = count(6);
  return report;
}

std::optional<std::int64_t> parse_time(const reply& text) {
  std::int64_t seconds = 0;
  std::int64_t micros = 0;
  if (!text.is_flat_array(2) || !parse(text[1].text, seconds)
      || !parse(text[2].text, micros))
    return std::nullopt;
  return seconds * 1'000'000 + micros;
}

} // namespace lastseen::redis
