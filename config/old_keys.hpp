#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <vector>

namespace lastseen::config {

/// A file whose keys are those of today.
struct renamed_file {
  boost::json::object tree;
  /// For keys that were written as in an older version: what they are called
  /// now, and how they were written.
  std::map<std::string, std::string> old_names;
  /// A line for each of them, and for each that is left out, since the key of
  /// today is there too.
  std::vector<std::string> warnings;
};

/// Puts the keys that Centrifugo had before version 6 where they are now: the
/// flat ones of versions 4 and 5 (`api_key`, `redis_address`, `"sse": true`),
/// those of `user_status` and its flat `redis_*`, and all of version 3's
/// `redis_active_status`. `origin` begins the warnings.
renamed_file with_new_names(const boost::json::object& file,
                            const std::string& origin);

} // namespace lastseen::config
