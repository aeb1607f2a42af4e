#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lastseen::config {

/// Where the value of a key is in the tree, and so also the key's type.
using place =
  std::variant<bool& (*)(settings&), std::string& (*)(settings&),
               std::vector<std::string>& (*)(settings&),
               milliseconds& (*)(settings&), std::uint16_t& (*)(settings&),
               std::uint32_t& (*)(settings&), std::size_t& (*)(settings&)>;

/// All there is to say of one key. File, environment, command line, checks,
/// suggestions and docs/configuration.md are made from the table of these.
struct field {
  /// The path in the file: `user_status.redis.prefix`.
  std::string_view key;
  place at;
  /// What it does, its unit, and what zero or empty means.
  std::string_view doc;
  /// The value is never shown, and no flag sets it.
  bool secret = false;
  /// A number that may be written as a string in the file, empty for 0, as in
  /// Centrifugo.
  bool or_text = false;
  /// Bounds of a number, or of a duration in milliseconds.
  std::uint64_t min = 1;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  /// Whether a string, or an entry of a list, is allowed; null: any.
  bool (*valid)(std::string_view) = nullptr;
  /// For `valid`, what it allows: `must be <rule>`.
  std::string_view rule = {};
};

/// Every key, in the order of the tree.
std::span<const field> fields();

/// The entry of a key, null when there is none.
const field* find_field(std::string_view key);

/// Keys of Centrifugo that mean another way to reach Redis, which this version
/// does not have: to ignore them would lead to the wrong server. Each may be a
/// group. Empty and false values are harmless.
std::span<const std::string_view> unsupported_keys();

/// Keys of Centrifugo that have no effect: an engine is for channels, RESP2 is
/// what we speak, clients of Redis have no certificates of clients to check,
/// nor have listeners those of servers.
std::span<const std::string_view> ignored_keys();

/// The environment variable of a key: `LASTSEEN_USER_STATUS_REDIS_PREFIX`.
std::string env_name(std::string_view key);

/// The type in words: `boolean`, `string`, `list of strings`, `duration`,
/// `number`.
std::string_view type_name(const field& f);

/// What is allowed, to follow `must be`: `a whole number from 1 to 4096`.
std::string allowed(const field& f);

} // namespace lastseen::config
