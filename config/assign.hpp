#pragma once

#include "config/fields.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace lastseen::config {

/// Sets the value of a key as an environment variable or a flag gives it:
/// booleans as Go's ParseBool reads them, lists with spaces between entries.
/// @returns false, with nothing changed, when it is not `allowed(f)`.
[[nodiscard]] bool assign(settings& into, const field& f,
                          std::string_view text);

/// Sets the value of a key as the file gives it: durations are strings, and a
/// string is a list of one. No other type is converted; null is no value.
/// @returns false, with nothing changed, when it is not `allowed(f)`.
[[nodiscard]] bool assign(settings& into, const field& f,
                          const boost::json::value& value);

/// Whether the value that `x` has is allowed.
bool is_allowed(const field& f, settings& x);

/// A value for a message, in one line: `<hidden>` for a secret, an address of
/// Redis without its password. Of JSON, objects and lists are only named.
std::string shown(const field& f, std::string_view text);
std::string shown(const field& f, const boost::json::value& value);

/// The value that `x` has, as one writes it in the file: `"744h"`, `8000`,
/// `[]`. Hides the same.
std::string shown(const field& f, settings& x);

} // namespace lastseen::config
