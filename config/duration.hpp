#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lastseen::config {

/// Reads a duration as Go writes it: `1h30m`, `2.5s`, `250ms`, or `0`. Units:
/// ns, us, µs, ms, s, m, h.
/// @returns nothing for text that is not one, is negative, is no whole number
/// of milliseconds, or is above 100,000 hours.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back: `744h`, `1h30m`, `25s`,
/// `5ms`, `0`. A negative one gets a minus, which is not read back.
std::string to_string(std::chrono::milliseconds x);

} // namespace lastseen::config
