#pragma once

#include "config/config.hpp"
#include "status/clock.hpp"
#include "status/error.hpp"

#include <spdlog/common.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lastseen {

using log_level = spdlog::level::level_enum;

/// One more thing that a line of the log says.
using log_field = std::pair<std::string_view, std::string>;

/// Sets level, format, and where lines go: `log.file`, or the standard output.
/// Call once. @returns `ec::bad_config` when the file cannot be opened.
result<void> set_up_log(const config::log& settings);

/// Opens the file of the log anew, which `logrotate` may have moved away. When
/// that fails, lines go on to the one that is open. Without a file it does
/// nothing. From any thread.
result<void> reopen_log();

/// Changes the level. From any thread.
void set_log_level(const std::string& level);

/// Writes one line: what happened and its fields. Values may hold anything but
/// secrets; control characters are escaped. From any thread.
void log_event(log_level level, std::string_view what,
               std::initializer_list<log_field> fields = {});

/// Lets one line a second through, for what may happen to every call. From any
/// thread.
class log_limit {
public:
  /// Whether a line may be written now; if so, how many before it were not.
  std::optional<std::uint64_t> pass(local_time now) noexcept;

private:
  std::atomic<local_time> next_{local_time{}};
  std::atomic<std::uint64_t> skipped_{0};
};

/// The inside of a line: `msg="link is up" store="redis 127.0.0.1:6379"`, or
/// in JSON `"msg":"link is up","store":"redis 127.0.0.1:6379"`.
std::string format_event(bool json, std::string_view what,
                         std::initializer_list<log_field> fields);

} // namespace lastseen
