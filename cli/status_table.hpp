#pragma once

#include <boost/json/fwd.hpp>

#include <chrono>
#include <string>

namespace lastseen::cli {

/// How long ago a time was, in words: `3 minutes ago`; `just now` for less than
/// two seconds and for the future.
std::string ago(std::chrono::seconds x);

/// The result of `get_user_status` as a table for people, a line per user. What
/// is unknown is `-`.
std::string status_table(const boost::json::object& result,
                         std::chrono::sys_seconds now);

} // namespace lastseen::cli
