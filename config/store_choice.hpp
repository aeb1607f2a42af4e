#pragma once

#include "config/config.hpp"
#include "config/validate.hpp"
#include "status/error.hpp"

#include <string>
#include <string_view>

namespace lastseen::config {

/// Whether a key says where Redis is.
bool is_redis_address(std::string_view key) noexcept;

/// Decides which store is used by the keys that were given (contract A.4): sets
/// `store`, and with Redis an address and the lanes, where they are not given.
/// Errors:
/// `ec::bad_config`, the keys contradict each other.
result<void> choose_store(settings& x, const origins& from);

/// Which store is used and why, one line. REQUIRES: the settings are valid.
std::string store_note(const settings& x, const origins& from);

} // namespace lastseen::config
